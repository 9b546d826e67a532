// Before training: no picture may stand in two splits, whatever the subjects are called.

import {
  acrossSplits,
  decodeImage,
  type ImageCache,
  type Leakage,
  type Manifest,
  nearDuplicateGroups,
  type Print,
  printOf,
  type Split,
  shrink,
  THUMBNAIL,
  withoutLeakage,
} from '../data/index.js';
import { InputError } from '../errors.js';

/**
 * Looks for pictures that are alike (`nearDuplicates`) and stand in different splits.
 *
 * @returns the splits, with `fix` changed so that all subjects who share a picture are in one
 * @throws InputError with `refuse`, if there are any
 */
export async function guardSplits(
  manifest: Manifest,
  splits: readonly Split[],
  cache: ImageCache,
  leakage: Leakage,
): Promise<readonly Split[]> {
  if (leakage === 'allow') return splits;
  const { records, file } = manifest;
  const prints: Print[] = [];
  for (let i = 0; i < cache.count; i++) prints.push(await printFrom(cache, i, records[i].path));
  const placed = records.map(({ subject }, i) => ({ subject, split: splits[i] }));
  const groups = nearDuplicateGroups(prints);
  const leaking = acrossSplits(placed, groups);
  if (leaking.length === 0) return splits;
  if (leakage === 'fix') return withoutLeakage(placed, groups) as Split[];
  const [a, b] = leaking[0];
  throw new InputError(
    `${file}: ${leaking.length} pictures stand in more than one split, as ${records[a].image} (${splits[a]}) ` +
      `and ${records[b].image} (${splits[b]}); give --fix-leakage to move them into one, or --allow-leakage`,
  );
}

/** From the decoded pixels; anew from the file where those are fewer than the print needs. */
export async function printFrom(cache: ImageCache, index: number, path: string): Promise<Print> {
  const [channels, height, width] = cache.shape;
  if (width < THUMBNAIL) {
    const options = { size: THUMBNAIL, channels: 1, fit: 'stretch' } as const;
    return printOf(await decodeImage(path, options).catch(() => new Uint8Array(THUMBNAIL ** 2)));
  }
  const pixels = cache.read(index);
  const grey = new Uint8Array(width * height);
  for (let i = 0; i < grey.length; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += pixels[c * grey.length + i];
    grey[i] = Math.round(sum / channels);
  }
  return printOf(shrink(grey, width, height));
}
