// For tests: a cohort of 40 tiny pictures, drawn in a moment. A faint spot on a noisy coloured ground
// grows with the grade: something to learn, and to err on.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { random } from '../random.js';

const SUBJECTS = 20;
const WIDTH = 24;
const HEIGHT = 20;

export interface TinyCohort {
  readonly labels: string;
  readonly comparisons: string;
  /** Absolute paths, in the order of labels.csv. */
  readonly images: readonly string[];
}

/**
 * Writes images, labels.csv (image, subject, grade) and comparisons.csv (12 of them) into a new
 * folder. Two images a subject, one PNG and one JPEG; grades 0 to `grades` - 1 in turn, the last two
 * subjects ungraded.
 */
export async function writeTinyCohort(folder: string, { grades = 3, seed = 1 } = {}) {
  await mkdir(folder, { recursive: true });
  const graded = SUBJECTS - 2;
  const records = Array.from({ length: 2 * SUBJECTS }, (_, i) => {
    const subject = i >> 1;
    return { image: `${i}.${i % 2 ? 'jpg' : 'png'}`, subject, grade: subject % grades };
  });
  const paths = records.map(({ image }) => join(folder, image));
  await Promise.all(records.map(({ grade }, i) => draw(paths[i], grade / (grades - 1), seed + i)));
  const rows = records.map(
    ({ image, subject, grade }) => `${image},s${subject},${subject < graded ? grade : ''}`,
  );
  const worst = records.filter((r) => r.grade === grades - 1);
  const healthy = records.filter((r) => r.grade === 0);
  const pairs = Array.from(
    { length: 12 },
    (_, i) => `${worst[i % worst.length].image},${healthy[i % healthy.length].image},r1`,
  );
  const cohort: TinyCohort = {
    labels: join(folder, 'labels.csv'),
    comparisons: join(folder, 'comparisons.csv'),
    images: paths,
  };
  await writeFile(cohort.labels, `${['image,subject,grade', ...rows].join('\n')}\n`);
  await writeFile(
    cohort.comparisons,
    `${['more_severe,less_severe,rater', ...pairs].join('\n')}\n`,
  );
  return cohort;
}

/** @param severity in [0, 1] */
async function draw(path: string, severity: number, seed: number): Promise<void> {
  const r = random(seed, 'tiny');
  const [x0, y0] = [r.uniform(8, 16), r.uniform(7, 13)];
  const pixels = Buffer.alloc(WIDTH * HEIGHT * 3);
  for (let i = 0; i < WIDTH * HEIGHT; i++) {
    const distance = Math.hypot((i % WIDTH) - x0, Math.floor(i / WIDTH) - y0);
    const spot = distance < 1 + 5 * severity ? 25 : 0;
    pixels.set(
      [60 + spot, 40 + spot / 2, 20].map((level) => level + r.integer(60)),
      3 * i,
    );
  }
  const image = sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
  await (path.endsWith('.png') ? image.png() : image.jpeg({ quality: 90 })).toFile(path);
}
