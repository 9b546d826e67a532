// For tests: 16 tiny pictures with masks, drawn in a moment. A bright disc on noise is the lesion; the
// healthy have an empty mask, some images have none.

import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { dicomSegmentation, readMask } from '../data/index.js';
import { random } from '../random.js';
import { dicomFile, imageElements } from './dicom.js';

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

/**
 * The same cohort as DICOM files, the spacing in them and not in the table. Half of the masks stay PNG, half
 * become DICOM segmentations.
 * @param labels of `writeMaskedCohort` @returns the new labels.csv
 */
export async function maskedCohortAsDicom(labels: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const from = dirname(labels);
  const [, ...lines] = (await readFile(labels, 'utf8')).trim().split('\n');
  const rows = ['image,subject,grade,mask'];
  for (const [i, line] of lines.entries()) {
    const [image, subject, grade, mask] = line.split(',');
    const pixels = await sharp(join(from, image)).toColourspace('b-w').raw().toBuffer();
    const file = dicomFile(
      {
        ...imageElements({ width: WIDTH, height: HEIGHT, bits: [8, 8, 7] }),
        '00080018 UI': `1.2.826.0.1.3680043.8.498.1.${i + 1}`,
        '00280030 DS': '0.5\\0.25 ',
      },
      pixels,
    );
    await writeFile(join(folder, `${i}.dcm`), file);
    let outlined = '';
    if (mask !== '' && i % 2 === 0) {
      outlined = `${i}.mask.png`;
      await copyFile(join(from, mask), join(folder, outlined));
    } else if (mask !== '') {
      outlined = `${i}.seg.dcm`;
      const spacing = [0.5, 0.25] as const;
      const options = { classes: 2, frame: 0, spacing, version: '0', made: new Date(0) };
      const segmentation = dicomSegmentation(file, await readMask(join(from, mask)), options);
      await writeFile(join(folder, outlined), segmentation);
    }
    rows.push(`${i}.dcm,${subject},${grade},${outlined}`);
  }
  await writeFile(join(folder, 'labels.csv'), `${rows.join('\n')}\n`);
  return join(folder, 'labels.csv');
}
