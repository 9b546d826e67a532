// Draws a breast ultrasound image (B-mode): layered tissue, masses that grow, darken and lose their
// smooth margin with severity, look-alikes, attenuation with depth, and fully developed speckle
// (Rayleigh amplitude: the magnitude of a complex Gaussian), log-compressed. Echoes are in decibels.

import { type Random, random } from '../../random.js';
import type { PhantomImage } from './cohort.js';
import { clamp, type Look, mix, type Picture, progress } from './picture.js';
import { type Blob, blur, smoothNoise, stampBlob, stampStroke, wavyOutline } from './raster.js';

/** What sets the two sites' scanners apart: resolution cell (pixels of 128), range, curve. */
const SCANNERS = {
  1: { across: 1.0, along: 0.6, range: 58, looks: 3, gamma: 1 },
  2: { across: 1.6, along: 0.9, range: 50, looks: 2, gamma: 0.88 },
} as const;

interface Mass extends Blob {
  /** Echo against the tissue around, decibels. */
  echo: number;
  /** Echo behind it: shadow below 0, enhancement above. */
  behind: number;
  /** Number of spicules that radiate from its margin. */
  spicules: number;
  /** Number of microcalcifications inside. */
  calcifications: number;
}

/** Draws one image of the cohort. */
export function drawUltrasound(look: Look, image: PhantomImage): Picture {
  const { size, seed, difficulty } = look;
  const { subject, side, visit } = image;
  const style = random(seed, 'phantom breast style', subject.id);
  const breast = random(seed, 'phantom breast', subject.id, side);
  const shot = random(seed, 'phantom breast shot', subject.id, side, visit);

  const echo = tissue(style, breast, size, subject.age);
  lookAlikes(echo, breast, size, difficulty);

  const mask = new Uint8Array(size * size);
  const masses = drawMasses(look, image);
  const slip = { x: shot.normal(0, 0.03 * size), y: shot.normal(0, 0.015 * size) };
  for (const mass of masses) {
    mass.x = clamp(mass.x + slip.x, 0.12 * size, 0.88 * size);
    mass.y = clamp(mass.y + slip.y, 0.25 * size, 0.72 * size);
    paintMass(echo, mask, breast, size, mass);
  }
  const pixels = scan(echo, { look, image, shot });
  return { size, channels: 1, pixels, mask, lesions: masses.length };
}

/** Skin, fat with septa, gland, fascia, muscle and chest wall, with wavy borders. */
function tissue(style: Random, breast: Random, size: number, age: number): Float32Array {
  // Fat takes the gland's place with age.
  const fatty = clamp((age - 30) / 60 + style.normal(0, 0.15), 0, 1);
  const border = (depth: number, waviness: number) => {
    const wave = smoothNoise(breast, size, 4);
    return Float32Array.from({ length: size }, (_, i) => size * (depth + waviness * wave[i]));
  };
  const skin = border(0.035, 0.008);
  const fat = border(mix(0.14, 0.32, fatty) + breast.normal(0, 0.02), 0.06);
  const gland = border(style.uniform(0.66, 0.76), 0.05);
  const muscle = border(style.uniform(0.84, 0.92), 0.03);
  const density = style.uniform(1, 7);
  const coarse = smoothNoise(breast, size, 7);
  const lobular = smoothNoise(breast, size, 11);
  const fine = smoothNoise(breast, size, 22);
  const tilt = breast.normal(0, 0.1);
  const echo = new Float32Array(size * size);
  for (let j = 0; j < size; j++) {
    for (let i = 0; i < size; i++) {
      const p = j * size + i;
      const texture = 2.5 * coarse[p] + 2 * fine[p];
      const ripple = Math.sin((2 * Math.PI * 18 * (j + tilt * i)) / size);
      const line = (depth: number, width: number, gain: number) =>
        gain * Math.exp(-(((j - depth) / (width * size)) ** 2));
      let level: number;
      if (j < skin[i]) level = 7;
      else if (j < fat[i]) level = -9 + texture;
      else if (j < gland[i]) level = density + texture + 6 * Math.min(0.3, lobular[p]);
      else if (j < muscle[i]) level = -6 + texture + 3 * ripple;
      else level = -16 + texture;
      echo[p] = level + line(gland[i], 0.012, 9) + line(muscle[i], 0.014, 13);
    }
  }
  // Cooper's ligaments: bright septa that run obliquely through fat and gland.
  for (let n = 5 + breast.integer(8); n > 0; n--) {
    let [x, y] = [breast.uniform(0, size), breast.uniform(0.05, 0.55) * size];
    let heading = breast.uniform(-0.5, Math.PI + 0.5);
    const gain = breast.uniform(3, 8);
    for (let steps = 4 + breast.integer(7); steps > 0; steps--) {
      heading += breast.normal(0, 0.25);
      const x1 = x + 0.05 * size * Math.cos(heading);
      const y1 = y + 0.05 * size * Math.sin(heading);
      const stroke = { x0: x, y0: y, x1, y1, width: (1.3 * size) / 128 };
      stampStroke(size, stroke, (p, coverage) => {
        echo[p] += gain * coverage;
      });
      [x, y] = [x1, y1];
    }
  }
  return echo;
}

/** Fat lobules, ducts, small simple cysts and shadows: dark like a mass, and no disease. */
function lookAlikes(echo: Float32Array, breast: Random, size: number, difficulty: number): void {
  for (let n = breast.integer(2 + Math.round(4 * difficulty)); n > 0; n--) {
    const radius = breast.uniform(0.03, 0.075) * size;
    const x = breast.uniform(0, size);
    const y = breast.uniform(0.2, 0.7) * size;
    const aspect = breast.uniform(1.3, 3.2);
    const angle = breast.normal(0, 0.35);
    const lobes = wavyOutline(breast, 0.15);
    const drop = breast.uniform(4, 10);
    stampBlob(
      size,
      { x, y, radius, aspect, angle, lobes, softness: 0.5 * radius },
      (p, coverage) => {
        echo[p] -= drop * coverage;
      },
    );
  }
  if (breast.chance(0.3 * difficulty)) {
    const radius = breast.uniform(0.02, 0.045) * size;
    const x = breast.uniform(0.1, 0.9) * size;
    const y = breast.uniform(0.25, 0.6) * size;
    shade(echo, size, x, y, radius, 6);
    stampBlob(size, { x, y, radius, aspect: 1.2 }, (p, coverage) => {
      echo[p] -= 22 * coverage;
    });
  }
  if (breast.chance(0.35 * difficulty + 0.1)) {
    const width = breast.uniform(0.04, 0.12) * size;
    const x = breast.uniform(0, size);
    const y = breast.uniform(0.04, 0.5) * size;
    shade(echo, size, x, y, width, -breast.uniform(5, 14));
  }
}

/** The masses of one breast at the image's severity; a second visit shows the same ones, grown. */
function drawMasses(look: Look, image: PhantomImage): Mass[] {
  const t = progress(image.severity, look.onset);
  if (t === undefined) return [];
  const { size, difficulty } = look;
  const rng = random(look.seed, 'phantom masses', image.subject.id, image.side);
  const contrast = mix(1, 0.75, difficulty);
  const make = (scale: number): Mass => ({
    x: rng.uniform(0.22, 0.78) * size,
    y: rng.uniform(0.32, 0.58) * size,
    radius: scale * mix(0.05, 0.165, t) * rng.uniform(0.88, 1.12) * size,
    aspect: mix(1.7, 0.85, t) * rng.uniform(0.85, 1.18),
    angle: rng.normal(0, 0.2),
    lobes: wavyOutline(rng, mix(0.03, 0.42, t) * rng.uniform(0.75, 1.25)),
    softness: mix(0.012, 0.03, t) * size,
    echo: -contrast * (mix(9, 17, t) + rng.normal(0, 1.5)),
    behind: mix(4, -13, t) + rng.normal(0, 2),
    spicules: Math.round(Math.max(0, t - 0.35) * 16 * rng.uniform(0.5, 1.4)),
    calcifications: Math.round(Math.max(0, t - 0.3) * 14 * rng.uniform(0.3, 1.5)),
  });
  const masses = [make(1)];
  // Satellites beside an advanced mass.
  const chances = [rng.uniform(), rng.uniform()];
  for (const chance of chances) if (chance < 1.2 * (t - 0.45)) masses.push(make(0.45));
  return masses;
}

function paintMass(
  echo: Float32Array,
  mask: Uint8Array,
  breast: Random,
  size: number,
  mass: Mass,
): void {
  const { x, y, radius, aspect = 1 } = mass;
  const halfWidth = radius * Math.sqrt(aspect);
  shade(echo, size, x, y, 0.85 * halfWidth, mass.behind);
  for (let n = mass.spicules; n > 0; n--) {
    const bearing = breast.uniform(0, 2 * Math.PI);
    const [from, to] = [0.8 * radius, radius * breast.uniform(1.35, 1.9)];
    const stroke = {
      x0: x + from * Math.cos(bearing),
      y0: y + from * Math.sin(bearing),
      x1: x + to * Math.cos(bearing),
      y1: y + to * Math.sin(bearing),
      width: (1.4 * size) / 128,
    };
    stampStroke(size, stroke, (p, coverage) => {
      echo[p] += 0.6 * mass.echo * coverage;
    });
  }
  stampBlob(size, mass, (p, coverage) => {
    // The mass replaces the texture of the tissue by its own dark one.
    echo[p] += coverage * (mass.echo + 1 - 0.7 * echo[p]);
    if (coverage >= 0.5) mask[p] = 255;
  });
  for (let n = mass.calcifications; n > 0; n--) {
    const [bearing, distance] = [breast.uniform(0, 2 * Math.PI), 0.7 * Math.sqrt(breast.uniform())];
    const speck = {
      x: x + distance * radius * Math.cos(bearing),
      y: y + distance * radius * Math.sin(bearing),
      radius: (0.8 * size) / 128,
    };
    stampBlob(size, speck, (p, coverage) => {
      echo[p] += 16 * coverage;
    });
  }
}

/** Changes the echo of everything below (x, y) by `gain` decibels, over a soft column. */
function shade(
  echo: Float32Array,
  size: number,
  x: number,
  y: number,
  halfWidth: number,
  gain: number,
): void {
  for (let j = Math.max(0, Math.ceil(y)); j < size; j++) {
    const onset = Math.min(1, (j - y) / (halfWidth + 1));
    for (let i = 0; i < size; i++) {
      const off = Math.abs(i - x) / halfWidth;
      if (off < 1.6) echo[j * size + i] += gain * onset * Math.exp(-(off ** 4));
    }
  }
}

interface Scan {
  look: Look;
  image: PhantomImage;
  shot: Random;
}

/** Attenuation, speckle, gain and log compression: from echoes to the 8-bit picture. */
function scan(echo: Float32Array, { look, image, shot }: Scan): Uint8Array {
  const { size, difficulty } = look;
  const scanner = SCANNERS[image.subject.site];
  const strength = mix(0.35, 1, difficulty);
  const attenuation = 9 + strength * shot.uniform(-4, 10);
  const gain = strength * shot.normal(0, 3.5);
  const focus = shot.uniform(0.3, 0.6);
  const range = scanner.range + strength * shot.normal(0, 4);
  const gamma = scanner.gamma * Math.exp(strength * shot.normal(0, 0.1));
  const contact = smoothNoise(shot, size, 6);
  const scale = size / 128;

  blur(echo, size, 0.9 * scale);
  const speckle = speckleDecibels(shot, size, scanner, scale);
  const pixels = new Uint8Array(size * size);
  for (let j = 0; j < size; j++) {
    const depth = j / size;
    const beam = gain - attenuation * depth - 10 * (depth - focus) ** 2;
    for (let i = 0; i < size; i++) {
      const p = j * size + i;
      const level = echo[p] + beam + strength * 3 * contact[i] + speckle[p];
      const shown = clamp((level + 0.62 * range) / range, 0, 1);
      pixels[p] = Math.round(255 * shown ** gamma);
    }
  }
  if (look.marker && image.subject.device === 'B') burnMark(pixels, size);
  return pixels;
}

/** Speckle in decibels about the mean echo, averaged over the scanner's looks (compounding). */
function speckleDecibels(
  shot: Random,
  size: number,
  scanner: (typeof SCANNERS)[1 | 2],
  scale: number,
): Float32Array {
  const speckle = new Float32Array(size * size);
  const cell = (): Float32Array => {
    const plane = new Float32Array(size * size);
    for (let p = 0; p < plane.length; p++) plane[p] = shot.normal();
    blur(plane, size, scanner.across * scale, scanner.along * scale);
    let power = 0;
    for (const value of plane) power += value * value;
    const unit = Math.sqrt(plane.length / (2 * power));
    for (let p = 0; p < plane.length; p++) plane[p] *= unit;
    return plane;
  };
  for (let look = 0; look < scanner.looks; look++) {
    const [real, imaginary] = [cell(), cell()];
    for (let p = 0; p < speckle.length; p++)
      speckle[p] += (real[p] ** 2 + imaginary[p] ** 2) / scanner.looks;
  }
  return speckle.map((power) => 10 * Math.log10(power + 1e-4));
}

/** Device B's mark: a bright bar in the upper right corner. */
function burnMark(pixels: Uint8Array, size: number): void {
  const unit = size / 128;
  for (let j = Math.round(3 * unit); j < Math.round(7 * unit); j++)
    pixels.fill(235, j * size + Math.round(110 * unit), j * size + Math.round(123 * unit));
}
