// The fundus camera: uneven light, haze, reflexes, dust, focus, the site's colour and resolution,
// sensor noise and the black surround. Everything here varies without regard to severity, unless a
// confounder is switched on.

import type { Random } from '../../random.js';
import type { PhantomImage } from './cohort.js';
import { clamp, type Light, type Look, mix } from './picture.js';
import { blur, type Point, resample, stampBlob } from './raster.js';

interface Exposure {
  look: Look;
  image: PhantomImage;
  /** Centre of the field of view, pixels. */
  centre: Point;
  /** Its radius, pixels. */
  field: number;
  shot: Random;
}

/** What sets the two sites apart. */
const CAMERAS = {
  1: { gains: [1.02, 1, 0.95], blur: 0.35, resolution: 1, noise: 0.012, gamma: 1 },
  2: { gains: [0.92, 1.06, 1.2], blur: 0.55, resolution: 0.72, noise: 0.02, gamma: 0.88 },
} as const;

/**
 * What an eye's lens lets through, at 20 and at 90 years: blue is lost first (van de Kraats & van Norren,
 * J. Opt. Soc. Am. A 24:1842, 2007, roughly).
 */
const YOUNG_LENS = [1, 1, 1];
const OLD_LENS = [1, 0.75, 0.2];

/** Turns the light of the retina into the 8-bit picture, red-green-blue interleaved. */
export function photograph(light: Light, exposure: Exposure): Uint8Array {
  const { look, image, centre, field, shot } = exposure;
  const { size, difficulty } = look;
  const camera = CAMERAS[image.subject.site];
  const strength = mix(0.35, 1, difficulty);
  const vary = (deviation: number) => 1 + strength * shot.normal(0, deviation);

  illuminate(light, exposure, strength);
  dust(light, exposure, strength);

  const focus = (camera.blur + strength * Math.abs(shot.normal(0, 0.45))) * (size / 128);
  const brightness = clamp(vary(0.17), 0.6, 1.45);
  const gains = camera.gains.map((gain) => gain * brightness * vary(0.07));
  const gamma = camera.gamma * clamp(vary(0.1), 0.75, 1.3);
  const noise = camera.noise * shot.uniform(0.6, 1 + strength);

  const pixels = new Uint8Array(3 * size * size);
  const sensor = Math.round(size * camera.resolution);
  for (let c = 0; c < 3; c++) {
    blur(light[c], size, Math.hypot(focus, sensor < size ? (0.4 * size) / sensor : 0));
    const taken = sensor < size ? resample(light[c], size, sensor) : light[c];
    for (let p = 0; p < taken.length; p++) {
      const signal = Math.max(0, gains[c] * taken[p]);
      taken[p] = signal + noise * Math.sqrt(0.3 + signal) * shot.normal();
    }
    const plane = sensor < size ? resample(taken, sensor, size) : taken;
    for (let p = 0; p < plane.length; p++) {
      const signal = clamp(plane[p], 0, 1);
      pixels[3 * p + c] = Math.round(255 * signal ** gamma);
    }
  }
  surround(pixels, size, centre, field);
  if (look.marker && image.subject.device === 'B') burnMark(pixels, size);
  return pixels;
}

/** Vignette, a sideways gradient, the haze of an ageing lens, and now and then a reflex at the rim. */
function illuminate(light: Light, exposure: Exposure, strength: number): void {
  const { look, image, centre, field, shot } = exposure;
  const { size } = look;
  const vignette = 0.2 + strength * shot.uniform(0, 0.35);
  const slope = { x: strength * shot.normal(0, 0.13), y: strength * shot.normal(0, 0.13) };
  const ageing = Math.max(0, (image.subject.age - 45) / 45);
  const haze = strength * Math.min(0.4, 0.25 * ageing * shot.uniform(0.2, 1.4));
  const veil = [0.62, 0.5, 0.33];
  const years = look.agedLens ? clamp((image.subject.age - 20) / 70, 0, 1) : 0;
  const lens = YOUNG_LENS.map((young, c) => mix(young, OLD_LENS[c], years));
  const reflex = shot.chance(0.2 * strength) ? shot.uniform(0.15, 0.4) : 0;
  const bearing = shot.uniform(0, 2 * Math.PI);
  const glow = { x: Math.cos(bearing), y: Math.sin(bearing) };
  for (let j = 0; j < size; j++) {
    for (let i = 0; i < size; i++) {
      const [x, y] = [(i - centre.x) / field, (j - centre.y) / field];
      const r2 = x * x + y * y;
      const level = Math.max(0.15, 1.08 - vignette * r2 + slope.x * x + slope.y * y);
      const flare =
        reflex > 0 ? reflex * Math.exp(-((x - glow.x) ** 2 + (y - glow.y) ** 2) / 0.18) : 0;
      const pixel = j * size + i;
      for (let c = 0; c < 3; c++) {
        const seen = lens[c] * mix(light[c][pixel], veil[c], haze);
        light[c][pixel] = level * seen + flare * (c === 2 ? 0.9 : 0.75);
      }
    }
  }
}

/** Dust on the lens: soft dark or pale spots, some as small as lesions. */
function dust(light: Light, { look, centre, field, shot }: Exposure, strength: number): void {
  for (let n = Math.floor(strength * shot.uniform(0, 9)); n > 0; n--) {
    const [bearing, distance] = [shot.uniform(0, 2 * Math.PI), Math.sqrt(shot.uniform())];
    const radius = field * shot.uniform(0.014, 0.05);
    const x = centre.x + field * distance * Math.cos(bearing);
    const y = centre.y + field * distance * Math.sin(bearing);
    const amount = shot.chance(0.6) ? -shot.uniform(0.15, 0.45) : shot.uniform(0.1, 0.35);
    stampBlob(look.size, { x, y, radius, softness: 1.4 * radius }, (pixel, coverage) => {
      for (const plane of light) plane[pixel] *= 1 + amount * coverage;
    });
  }
}

/** Black outside the round field of view. */
function surround(pixels: Uint8Array, size: number, centre: Point, field: number): void {
  for (let j = 0; j < size; j++) {
    for (let i = 0; i < size; i++) {
      const inside = field - Math.hypot(i - centre.x, j - centre.y) + 0.5;
      if (inside >= 1) continue;
      const at = 3 * (j * size + i);
      for (let c = at; c < at + 3; c++) pixels[c] = Math.round(pixels[c] * Math.max(0, inside) + 3);
    }
  }
}

/** Device B's mark: a bright bar in the upper left corner. */
function burnMark(pixels: Uint8Array, size: number): void {
  const unit = size / 128;
  for (let j = Math.round(4 * unit); j < Math.round(8 * unit); j++)
    for (let i = Math.round(4 * unit); i < Math.round(16 * unit); i++)
      pixels.fill(230, 3 * (j * size + i), 3 * (j * size + i) + 3);
}
