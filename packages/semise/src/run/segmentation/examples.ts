// The cases that a reader of the report should see: best, median and worst by Dice, and healthy images.

import { type Mask, readMask, resizeMask } from '../../data/index.js';
import { overlay } from '../../report/segmentation/overlay.js';
import type { OverlayExample } from '../../report/segmentation/report-data.js';
import type { SegmentedRecord } from './images.js';
import { openPicture } from './picture.js';

/** Cases of each group. */
const CASES = 4;
/** Longest edge in pixels. */
const SIZE = 256;

/** @param segment gives the predicted mask of an image once more */
export async function exampleOverlays(
  images: readonly SegmentedRecord[],
  split: string,
  segment: (image: SegmentedRecord) => Promise<Mask>,
): Promise<OverlayExample[]> {
  const masked = images.filter((i) => i.split === split && i.measures && i.mask);
  const withLesion = masked.filter((i) => i.measures!.lesions.length > 0);
  withLesion.sort((a, b) => b.measures!.dice - a.measures!.dice);
  const count = Math.min(CASES, Math.floor(withLesion.length / 3));
  const middle = (withLesion.length - count) >> 1;
  const groups: [OverlayExample['group'], SegmentedRecord[]][] = [
    ['best', withLesion.slice(0, count)],
    ['median', withLesion.slice(middle, middle + count)],
    ['worst', withLesion.slice(withLesion.length - count)],
    ['no lesion', masked.filter((i) => i.measures!.lesions.length === 0).slice(0, CASES)],
  ];
  const examples: OverlayExample[] = [];
  for (const [group, cases] of groups) {
    for (const record of cases) {
      const { image, path, mask, grade, measures, score, burden } = record;
      const predicted = await segment(record);
      const truth = resizeMask(await readMask(mask!), predicted);
      const picture = await overlay((await openPicture(path)).bytes, predicted, {
        truth,
        size: SIZE,
      });
      const jpeg = await picture.jpeg({ quality: 84 }).toBuffer();
      examples.push({
        group,
        image,
        grade,
        dice: measures!.dice,
        score,
        burden,
        picture: `data:image/jpeg;base64,${jpeg.toString('base64')}`,
      });
    }
  }
  return examples;
}
