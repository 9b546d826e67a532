// For tests: small pictures that differ, and folders of them.

import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { random } from '../random.js';

/** Grey blobs of many sizes, no two seeds alike. @returns `side` x `side` levels */
export function blobs(seed: number, side = 64): Uint8Array {
  const draw = random(seed, 'blobs');
  const spots = Array.from({ length: 40 }, () => ({
    x: draw.uniform(0, side),
    y: draw.uniform(0, side),
    width: draw.uniform(side / 40, side / 5),
    level: draw.uniform(-120, 120),
  }));
  return Uint8Array.from({ length: side * side }, (_, i) => {
    const level = spots.reduce((sum, { x, y, width, level }) => {
      const distance = Math.hypot((i % side) - x, Math.floor(i / side) - y) / width;
      return sum + level * Math.exp(-distance * distance);
    }, 110);
    return Math.max(0, Math.min(255, Math.round(level)));
  });
}

const grey = (pixels: Uint8Array) => {
  const side = Math.sqrt(pixels.length);
  return sharp(pixels, { raw: { width: side, height: side, channels: 1 } }).toColourspace('b-w');
};

export const png = (pixels: Uint8Array): Promise<Buffer> => grey(pixels).png().toBuffer();
export const jpeg = (pixels: Uint8Array, quality = 80): Promise<Buffer> =>
  grey(pixels).jpeg({ quality }).toBuffer();

/** Writes files by their paths; folders are made. */
export async function writeTree(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
  }
  return folder;
}
