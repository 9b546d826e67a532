// Records of a data set through a segmenter: what is predicted of each and, where it has a mask, how
// well.

import {
  decodeImage,
  type Manifest,
  readMask,
  resizeMask,
  type Split,
  spacingOf,
} from '../../data/index.js';
import { InputError } from '../../errors.js';
import { measureImage, type SegmentedImage } from '../../evaluation/segmentation/index.js';
import { type LesionSummary, type Spacing, summarize } from '../../tasks/index.js';
import { pictureShape } from './picture.js';
import type { Segmenter } from './segmenter.js';

export interface SegmentedRecord extends SegmentedImage, LesionSummary {
  readonly split: Split;
  readonly path: string;
  /** Of the image, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly mask: string | null;
}

/** True where labels.csv or the file tells the spacing of every image's pixels: distances are then in mm. */
export async function spacingKnown(
  manifest: Manifest,
  indices: readonly number[],
): Promise<boolean> {
  for (const i of indices) {
    const record = manifest.records[i];
    if (spacingOf(manifest, record)) continue;
    if ((await pictureShape(record.path)).spacing === null) return false;
  }
  return indices.length > 0;
}

/**
 * @param read pixels of a record at the working size @param classes that the model knows
 * @throws InputError if a mask cannot be read or holds a class that the model does not know
 */
export async function segmentRecords(
  segmenter: Segmenter,
  manifest: Manifest,
  splits: readonly Split[],
  indices: readonly number[],
  read: (index: number) => Uint8Array,
  classes: number,
  onProgress?: (done: number, total: number) => void,
): Promise<SegmentedRecord[]> {
  const inMm = await spacingKnown(manifest, indices);
  const segmented: SegmentedRecord[] = [];
  for (const index of indices) {
    const record = manifest.records[index];
    const { spacing: told, ...own } = await pictureShape(record.path);
    const predicted = await segmenter.segment(read(index), own);
    const spacing: Spacing | null = spacingOf(manifest, record) ?? told;
    const truth = record.mask && resizeMask(await readMask(record.mask), own);
    const highest = truth ? truth.classes.reduce((most, c) => Math.max(most, c), 0) : 0;
    if (highest >= classes) {
      throw new InputError(
        `${manifest.file}:${record.line}: the mask holds class ${highest}, but the model knows classes 1 to ${classes - 1}`,
      );
    }
    segmented.push({
      image: record.image,
      path: record.path,
      ...own,
      subject: record.subject,
      split: splits[index],
      grade: record.grade,
      mask: record.mask,
      ...summarize(predicted, spacing),
      score: await segmenter.score((options) => decodeImage(record.path, options)),
      measures: truth ? measureImage(truth, predicted, classes, inMm ? spacing : null) : null,
    });
    onProgress?.(segmented.length, indices.length);
  }
  return segmented;
}
