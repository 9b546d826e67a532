// The lesions of diabetic retinopathy in one eye at a given severity: microaneurysms first, then
// haemorrhages, hard exudates and cotton-wool spots, as in the international clinical scale
// (Wilkinson et al., Ophthalmology 110:1677, 2003). Units are radii of the field of view.

import { type Random, random } from '../../random.js';
import type { PhantomImage } from './cohort.js';
import { type Look, mix, progress } from './picture.js';
import { type Blob, type Point, wavyOutline } from './raster.js';

export interface FundusLesion extends Blob {
  /** Dark lesions take light; bright ones lie on the retina in their own colour. */
  kind: 'dark' | 'bright';
  /** Red, green, blue: of the light let through (dark) or of the lesion (bright). */
  colour: readonly [number, number, number];
  /** 0..1. */
  opacity: number;
}

const BLOOD = [0.55, 0.24, 0.32] as const;
const LIPID = [1.12, 0.94, 0.42] as const;
const COTTON = [1.0, 0.92, 0.74] as const;

/**
 * Lesions of one image. Each kind has a stream of its own per eye, drawn in the same order whatever
 * the severity: a second visit shows the same lesions and, where it is worse, more of them.
 */
export function fundusLesions(
  look: Look,
  image: PhantomImage,
  disc: Point,
  macula: Point,
): FundusLesion[] {
  const t = progress(image.severity, look.onset);
  if (t === undefined) return [];
  const stream = (kind: string) =>
    random(look.seed, 'phantom lesions', kind, image.subject.id, image.side);
  const contrast = mix(0.7, 1, t) * mix(1, 0.7, look.difficulty);
  // Patients differ in what they bleed and leak: a factor on each kind's number, the same in both eyes.
  const style = random(look.seed, 'phantom lesion style', image.subject.id);
  const tendency = () => Math.exp(style.normal(0, 0.25));
  const [small, bleeding, leaking, ischaemic] = [1, 1, 1, 1].map(tendency);
  const lesions: FundusLesion[] = [];

  let rng = stream('microaneurysm');
  for (let n = count(rng, small * (1.5 + 17 * t), 1); n > 0; n--) {
    const at = place(rng, macula, 0.42, disc);
    const radius = rng.uniform(0.016, 0.026);
    const opacity = contrast * rng.uniform(0.75, 1);
    lesions.push({ ...at, kind: 'dark', colour: BLOOD, radius, opacity });
  }

  rng = stream('haemorrhage');
  for (let n = count(rng, bleeding * 17 * Math.max(0, t - 0.1) ** 1.2); n > 0; n--) {
    const at = place(rng, macula, 0.5, disc);
    const radius = rng.uniform(0.025, 0.045) * mix(1, 1.5, t);
    const [aspect, angle] = [rng.uniform(1, 2), rng.uniform(0, Math.PI)];
    const lobes = wavyOutline(rng, 0.3);
    const opacity = contrast * rng.uniform(0.75, 1);
    lesions.push({ ...at, kind: 'dark', colour: BLOOD, radius, aspect, angle, lobes, opacity });
  }

  rng = stream('exudate');
  for (let n = count(rng, leaking * 5 * Math.max(0, t - 0.2)); n > 0; n--) {
    const centre = place(rng, macula, 0.38, disc);
    const spread = rng.uniform(0.05, 0.12);
    for (let specks = 4 + rng.integer(8); specks > 0; specks--) {
      const at = { x: centre.x + rng.normal(0, spread), y: centre.y + rng.normal(0, spread) };
      const radius = rng.uniform(0.012, 0.03);
      const [lobes, opacity] = [wavyOutline(rng, 0.3), contrast * rng.uniform(0.6, 0.95)];
      if (inSight(at) && farFrom(disc, at))
        lesions.push({ ...at, kind: 'bright', colour: LIPID, radius, lobes, opacity });
    }
  }

  rng = stream('cotton wool');
  for (let n = count(rng, ischaemic * 6 * Math.max(0, t - 0.45)); n > 0; n--) {
    const at = place(rng, { x: mix(disc.x, macula.x, 0.3), y: disc.y }, 0.4, disc);
    const radius = rng.uniform(0.05, 0.09);
    const [aspect, angle] = [rng.uniform(1, 1.8), rng.uniform(0, Math.PI)];
    const lobes = wavyOutline(rng, 0.2);
    const opacity = contrast * rng.uniform(0.5, 0.8);
    const softness = radius;
    lesions.push({
      ...at,
      kind: 'bright',
      colour: COTTON,
      radius,
      aspect,
      angle,
      lobes,
      opacity,
      softness,
    });
  }
  return lesions;
}

/** A whole number about `mean`, varied by some 20 %. */
function count(rng: Random, mean: number, least = 0): number {
  return Math.max(least, Math.floor(mean * rng.uniform(0.7, 1.3) + rng.uniform()));
}

/** A normally spread place about `centre`, inside the field and off the disc. */
function place(rng: Random, centre: Point, spread: number, disc: Point): Point {
  for (;;) {
    const at = { x: centre.x + rng.normal(0, spread), y: centre.y + rng.normal(0, spread) };
    if (inSight(at) && farFrom(disc, at)) return at;
  }
}

/** Near enough to the middle to be on the picture however the camera is aimed. */
function inSight(at: Point): boolean {
  return Math.hypot(at.x, at.y) < 0.75;
}

function farFrom(disc: Point, at: Point): boolean {
  return Math.hypot(at.x - disc.x, at.y - disc.y) > 0.22;
}
