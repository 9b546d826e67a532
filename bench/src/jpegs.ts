// Picture files for `embed-jpeg`: coarse blobs with fine grain, about as hard to decode as photographs.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { random } from '../../packages/semise/dist/random.js';

const WIDTH = 640;
const HEIGHT = 480;
const COARSE = 16;

/** Where the pictures lie in the folder of a bench. */
export const jpegFolder = (folder: string): string => join(folder, 'jpeg');

/** Writes `count` colour pictures of 640 x 480. */
export async function writeJpegs(folder: string, count: number): Promise<void> {
  await mkdir(jpegFolder(folder));
  for (let i = 0; i < count; i++) {
    const r = random(1, 'bench', 'jpeg', i);
    const blobs = Uint8Array.from({ length: COARSE * COARSE * 3 }, () => r.integer(256));
    const pixels = await sharp(blobs, { raw: { width: COARSE, height: COARSE, channels: 3 } })
      .resize(WIDTH, HEIGHT, { fit: 'fill', kernel: 'cubic' })
      .raw()
      .toBuffer();
    for (let p = 0; p < pixels.length; p++) {
      pixels[p] = Math.max(0, Math.min(255, pixels[p] + r.normal(0, 6)));
    }
    await sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
      .jpeg({ quality: 90 })
      .toFile(join(jpegFolder(folder), `${i}.jpg`));
  }
}
