// For tests: 16 tiny pictures with masks, drawn in a moment. A bright disc on noise is the lesion; the
// healthy have an empty mask, some images have none.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { random } from '../random.js';

const WIDTH = 44;
const HEIGHT = 36;

/** Writes images, masks and labels.csv (image, subject, grade, mask, spacing); two images a subject. */
export async function writeMaskedCohort(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const rows = ['image,subject,grade,mask,spacing'];
  for (let i = 0; i < 32; i++) {
    const grade = (i >> 1) % 3;
    const r = random(i, 'masked');
    const [x, y, radius] = [r.uniform(12, 32), r.uniform(12, 24), 4 + 3 * grade];
    const inside = (p: number) =>
      grade > 0 && Math.hypot((p % WIDTH) - x, Math.floor(p / WIDTH) - y) < radius;
    const picture = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, p) =>
      Math.min(255, 50 + r.integer(60) + (inside(p) ? 120 : 0)),
    );
    const mask = picture.map((_, p) => (inside(p) ? 255 : 0));
    const raw = { raw: { width: WIDTH, height: HEIGHT, channels: 1 } } as const;
    const grey = (pixels: Uint8Array) => sharp(pixels, raw).toColourspace('b-w').png();
    await grey(picture).toFile(join(folder, `${i}.png`));
    await grey(mask).toFile(join(folder, `${i}.mask.png`));
    const masked = i % 8 !== 7;
    rows.push(
      `${i}.png,s${i >> 1},${masked ? grade : ''},${masked ? `${i}.mask.png` : ''},0.5x0.25`,
    );
  }
  const labels = join(folder, 'labels.csv');
  await writeFile(labels, `${rows.join('\n')}\n`);
  return labels;
}
