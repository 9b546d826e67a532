// Draws a fundus photograph: the eye's ground, macula, disc, vessels, lesions, and the harmless marks
// that look like lesions. The camera (camera.ts) then takes the picture.

import { type Random, random } from '../../random.js';
import { photograph } from './camera.js';
import type { PhantomImage } from './cohort.js';
import { fundusLesions } from './fundus-lesions.js';
import { clamp, type Light, type Look, mix, type Picture } from './picture.js';
import {
  type Blob,
  type Point,
  smoothNoise,
  stampBlob,
  stampStroke,
  wavyOutline,
} from './raster.js';
import { growVessels } from './vessels.js';

type Colour = readonly [number, number, number];

/** Where the anatomy lies in this picture: field radii -> pixels. */
interface Pose {
  at(point: Point): Point;
  /** Pixels of one field radius. */
  radius: number;
}

/** Draws one image of the cohort. */
export function drawFundus(look: Look, image: PhantomImage): Picture {
  const { size, seed } = look;
  const { subject, side, visit } = image;
  const style = random(seed, 'phantom fundus style', subject.id);
  const eye = random(seed, 'phantom fundus eye', subject.id, side);
  const shot = random(seed, 'phantom fundus shot', subject.id, side, visit);

  const pigment = style.uniform();
  const tortuosity = style.uniform(0.5, 1.5);
  const discRadius = style.uniform(0.13, 0.175);
  const cup = style.uniform(0.35, 0.65);
  const drusen = style.chance(0.25 + 0.35 * look.difficulty) ? style.uniform(4, 22) : 0;
  const disc = { x: 0.52 + eye.normal(0, 0.03), y: eye.normal(0, 0.03) };
  const macula = { x: -0.1 + eye.normal(0, 0.03), y: 0.05 + eye.normal(0, 0.02) };

  const field = (subject.site === 2 ? 1.06 : 0.96) * (size / 2);
  const middle = () => (size - 1) / 2 + size * clamp(shot.normal(0, 0.008), -0.015, 0.015);
  const centre = { x: middle(), y: middle() };
  const pose = takePose(shot, centre, field, side);

  const light = ground(eye, size, pigment);
  const absorb = (pixel: number, amount: number, through: Colour) => {
    for (let c = 0; c < 3; c++) light[c][pixel] *= 1 - amount * (1 - through[c]);
  };
  const cover = (pixel: number, amount: number, colour: Colour) => {
    for (let c = 0; c < 3; c++) light[c][pixel] += amount * (colour[c] - light[c][pixel]);
  };
  const stamp = (blob: Blob, paint: (pixel: number, coverage: number) => void) =>
    stampBlob(size, placed(pose, blob), paint);

  const darkness = style.uniform(0.5, 0.85);
  stamp({ ...macula, radius: 0.14, softness: 0.34 }, (pixel, coverage) =>
    absorb(pixel, darkness * coverage, [0.72, 0.42, 0.35]),
  );
  const discAspect = style.uniform(0.82, 0.98);
  stamp({ ...disc, radius: discRadius, aspect: discAspect, softness: 0.035 }, (pixel, coverage) =>
    cover(pixel, 0.9 * coverage, [1.0, 0.66, 0.36]),
  );
  stamp({ ...disc, radius: discRadius * cup, softness: 0.07 }, (pixel, coverage) =>
    cover(pixel, 0.75 * coverage, [1.06, 0.9, 0.6]),
  );

  const vessels = new Float32Array(size * size);
  for (const piece of growVessels(eye, disc, macula, tortuosity)) {
    const from = pose.at({ x: piece.x0, y: piece.y0 });
    const to = pose.at({ x: piece.x1, y: piece.y1 });
    const stroke = { x0: from.x, y0: from.y, x1: to.x, y1: to.y, width: piece.width * pose.radius };
    stampStroke(size, stroke, (pixel, coverage) => {
      vessels[pixel] = Math.max(vessels[pixel], coverage * piece.depth);
    });
  }
  for (let pixel = 0; pixel < vessels.length; pixel++)
    if (vessels[pixel] > 0) absorb(pixel, 0.85 * vessels[pixel], [0.66, 0.32, 0.38]);

  for (const spot of harmlessSpots(eye, look.difficulty, drusen, disc))
    stamp(spot, (pixel, coverage) => cover(pixel, spot.opacity * coverage, spot.colour));

  const mask = new Uint8Array(size * size);
  const lesions = fundusLesions(look, image, disc, macula);
  for (const lesion of lesions) {
    const paint = lesion.kind === 'dark' ? absorb : cover;
    stamp(lesion, (pixel, coverage) => {
      paint(pixel, lesion.opacity * coverage, lesion.colour);
      if (coverage >= 0.5) mask[pixel] = 255;
    });
    // A lesion smaller than a pixel still marks the one at its centre.
    const { x, y } = pose.at(lesion);
    mask[Math.round(y) * size + Math.round(x)] = 255;
  }

  const pixels = photograph(light, { look, image, centre, field, shot });
  return { size, channels: 3, pixels, mask, lesions: lesions.length };
}

function takePose(shot: Random, centre: Point, field: number, side: 'left' | 'right'): Pose {
  const mirror = side === 'left' ? -1 : 1;
  const radius = field * shot.uniform(0.95, 1.05);
  const turn = shot.normal(0, 0.1);
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const aim = () => clamp(shot.normal(0, 0.035), -0.07, 0.07);
  const shift = { x: aim(), y: aim() };
  return {
    radius,
    at: ({ x, y }) => ({
      x: centre.x + radius * (mirror * x * cos - y * sin + shift.x),
      y: centre.y + radius * (mirror * x * sin + y * cos + shift.y),
    }),
  };
}

function placed(pose: Pose, blob: Blob): Blob {
  return {
    ...blob,
    ...pose.at(blob),
    radius: blob.radius * pose.radius,
    softness: (blob.softness ?? 0) * pose.radius,
  };
}

/** The retina's own light: orange to brown by pigment, mottled, with a hint of choroidal vessels. */
function ground(eye: Random, size: number, pigment: number): Light {
  const base: Colour = [
    mix(0.86, 0.6, pigment),
    mix(0.46, 0.27, pigment),
    mix(0.24, 0.11, pigment),
  ];
  const coarse = smoothNoise(eye, size, 5);
  const fine = smoothNoise(eye, size, 17);
  const tessellated = eye.uniform(0, 0.09);
  return base.map((level) => {
    const plane = new Float32Array(size * size);
    for (let pixel = 0; pixel < plane.length; pixel++) {
      const choroid = tessellated * (1 - 2 * Math.abs(fine[pixel]));
      plane[pixel] = level * (1 + 0.09 * coarse[pixel] + choroid);
    }
    return plane;
  }) as Light;
}

/** Marks that are no disease: drusen (pale), pigment spots (brown), the glare of a young retina. */
function harmlessSpots(eye: Random, difficulty: number, drusen: number, disc: Point) {
  const spots: (Blob & { colour: Colour; opacity: number })[] = [];
  const anywhere = () => {
    const [angle, distance] = [eye.uniform(0, 2 * Math.PI), 0.9 * Math.sqrt(eye.uniform())];
    return { x: distance * Math.cos(angle), y: distance * Math.sin(angle) };
  };
  const focus = { x: eye.normal(-0.1, 0.3), y: eye.normal(0, 0.3) };
  for (let n = Math.round(drusen); n > 0; n--) {
    const at = { x: focus.x + eye.normal(0, 0.22), y: focus.y + eye.normal(0, 0.22) };
    const radius = eye.uniform(0.014, 0.034);
    const opacity = eye.uniform(0.2, 0.55);
    if (Math.hypot(at.x - disc.x, at.y - disc.y) > 0.2)
      spots.push({ ...at, radius, softness: radius, colour: [0.96, 0.72, 0.36], opacity });
  }
  for (let n = Math.round(eye.uniform(0, 1 + 5 * difficulty)); n > 0; n--) {
    const radius = eye.uniform(0.018, 0.05);
    const lobes = wavyOutline(eye, 0.2);
    const opacity = eye.uniform(0.3, 0.7);
    spots.push({
      ...anywhere(),
      radius,
      lobes,
      softness: radius,
      colour: [0.3, 0.2, 0.12],
      opacity,
    });
  }
  return spots;
}
