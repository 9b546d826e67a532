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
import type { DuplicateCheck } from '../report/report-data.js';

export interface GuardedSplits {
  readonly splits: readonly Split[];
  /** What was looked for and found, for the report. */
  readonly check: DuplicateCheck;
}

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
): Promise<GuardedSplits> {
  if (leakage === 'allow') return { splits, check: { checked: false } };
  const { records, file } = manifest;
  const prints: Print[] = [];
  for (let i = 0; i < cache.count; i++) prints.push(await printFrom(cache, i, records[i].path));
  const placed = records.map(({ subject }, i) => ({ subject, split: splits[i] }));
  const groups = nearDuplicateGroups(prints);
  const leaking = acrossSplits(placed, groups);
  if (leaking.length > 0 && leakage === 'refuse') {
    const [a, b] = leaking[0];
    throw new InputError(
      `${file}: ${leaking.length} pictures stand in more than one split, as ${records[a].image} (${splits[a]}) ` +
        `and ${records[b].image} (${splits[b]}); give --fix-leakage to move them into one, or --allow-leakage`,
    );
  }
  const kept = leaking.length > 0 ? (withoutLeakage(placed, groups) as Split[]) : splits;
  const after = placed.map(({ subject }, i) => ({ subject, split: kept[i] }));
  return {
    splits: kept,
    check: {
      checked: true,
      pictures: cache.count - cache.bad.length,
      groups: groups.length,
      alike: groups.reduce((sum, group) => sum + group.length, 0),
      acrossSplits: leaking.length,
      moved: splits.filter((split, i) => split !== kept[i]).length,
      left: acrossSplits(after, groups).length,
    },
  };
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
