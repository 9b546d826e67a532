// How well one predicted mask agrees with the true one: everything that is counted within an image.
//
// Where both masks are empty they agree: Dice and IoU are 1, and there are no distances. Where one is
// empty Dice and IoU are 0, and there are no distances either: the report counts such images.

import type { Mask } from '../../data/index.js';
import { labelLesions, type Spacing } from '../../tasks/segmentation/lesions.js';
import { surfaceDistances } from './surface.js';

export interface Overlap {
  readonly dice: number;
  readonly iou: number;
}

/** @param truth @param predicted not 0 where lesion */
export function overlap(truth: ArrayLike<number>, predicted: ArrayLike<number>): Overlap {
  let both = 0;
  let either = 0;
  for (let i = 0; i < truth.length; i++) {
    if (truth[i] && predicted[i]) both++;
    if (truth[i] || predicted[i]) either++;
  }
  if (either === 0) return { dice: 1, iou: 1 };
  return { dice: (2 * both) / (both + either), iou: both / either };
}

/** A true lesion, by its size and whether it was found. */
export interface FoundLesion {
  /** Share of the image. */
  readonly size: number;
  /** Any of its pixels is predicted as lesion. */
  readonly found: boolean;
}

export interface ImageMeasures extends Overlap {
  /** Null where a mask is empty. */
  readonly hausdorff95: number | null;
  readonly surfaceDistance: number | null;
  /** Of each lesion class, from 1; the image's own Dice and IoU are of all classes together. */
  readonly classes: readonly Overlap[];
  readonly lesions: readonly FoundLesion[];
  /** Predicted lesions that touch no true one. */
  readonly falsePositives: number;
  readonly trueBurden: number;
}

/**
 * @param truth @param predicted of the same size
 * @param classes of a pixel, background included @param spacing null: in pixels
 */
export function measureImage(
  truth: Mask,
  predicted: Mask,
  classes: number,
  spacing: Spacing | null,
): ImageMeasures {
  const { width, height } = truth;
  const distances = surfaceDistances(
    truth.classes,
    predicted.classes,
    width,
    height,
    spacing ?? [1, 1],
  );
  const only = (mask: Mask, k: number) => mask.classes.map((c) => (c === k ? 1 : 0));
  // Lesions are parts of what is not background: a lesion found as another class is found.
  const anyClass = (mask: Mask): Mask => ({
    ...mask,
    classes: mask.classes.map((c) => (c > 0 ? 1 : 0)),
  });
  const real = labelLesions(anyClass(truth));
  const said = labelLesions(anyClass(predicted));
  const found = new Set<number>();
  const right = new Set<number>();
  for (let i = 0; i < real.labels.length; i++) {
    if (real.labels[i] > 0 && said.labels[i] > 0) {
      found.add(real.labels[i]);
      right.add(said.labels[i]);
    }
  }
  const area = width * height;
  return {
    ...overlap(truth.classes, predicted.classes),
    hausdorff95: distances?.hausdorff95 ?? null,
    surfaceDistance: distances?.average ?? null,
    classes: Array.from({ length: classes - 1 }, (_, k) =>
      overlap(only(truth, k + 1), only(predicted, k + 1)),
    ),
    lesions: real.lesions.map((lesion) => ({
      size: lesion.area / area,
      found: found.has(lesion.label),
    })),
    falsePositives: said.lesions.length - right.size,
    trueBurden: real.lesions.reduce((sum, lesion) => sum + lesion.area, 0) / area,
  };
}
