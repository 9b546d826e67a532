// Lesions of a mask: its connected parts, cleaned of specks, counted and measured.

import type { Mask } from '../../data/index.js';

/** A connected part of one class, pixels touching at sides or corners. */
export interface Lesion {
  readonly label: number;
  /** Class of its pixels, from 1. */
  readonly class: number;
  /** Pixels. */
  readonly area: number;
}

export interface Labelled {
  /** Number of the lesion that each pixel belongs to, 0 = none. */
  readonly labels: Int32Array;
  /** Lesion n is the (n - 1)th. */
  readonly lesions: readonly Lesion[];
}

/** Finds the lesions, in the order in which a reader meets them. */
export function labelLesions({ width, height, classes }: Mask): Labelled {
  const labels = new Int32Array(classes.length);
  const lesions: Lesion[] = [];
  const stack: number[] = [];
  for (let start = 0; start < classes.length; start++) {
    if (classes[start] === 0 || labels[start] !== 0) continue;
    const label = lesions.length + 1;
    let area = 0;
    labels[start] = label;
    stack.push(start);
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      area++;
      const [row, column] = [Math.floor(at / width), at % width];
      for (let y = Math.max(0, row - 1); y <= Math.min(height - 1, row + 1); y++) {
        for (let x = Math.max(0, column - 1); x <= Math.min(width - 1, column + 1); x++) {
          const next = y * width + x;
          if (labels[next] === 0 && classes[next] === classes[start]) {
            labels[next] = label;
            stack.push(next);
          }
        }
      }
    }
    lesions.push({ label, class: classes[start], area });
  }
  return { labels, lesions };
}

/**
 * The mask without lesions smaller than a share of the image.
 * @param least in [0, 1); 0 keeps all
 */
export function withoutSpecks(mask: Mask, least: number): Mask {
  const { labels, lesions } = labelLesions(mask);
  const smallest = least * mask.width * mask.height;
  const classes = mask.classes.map((c, i) =>
    c > 0 && lesions[labels[i] - 1].area < smallest ? 0 : c,
  );
  return { ...mask, classes };
}

/** What a mask says of an image. */
export interface LesionSummary {
  readonly lesions: number;
  /** Pixels of lesions. */
  readonly area: number;
  /** mm²; null where the spacing of pixels is not known. */
  readonly areaMm2: number | null;
  /** Lesion burden: share of the image that is lesion, in [0, 1]. */
  readonly burden: number;
}

/** Distance of pixel centres down and across, in mm. */
export type Spacing = readonly [down: number, across: number];

export function summarize(mask: Mask, spacing: Spacing | null): LesionSummary {
  const { lesions } = labelLesions(mask);
  const area = lesions.reduce((sum, lesion) => sum + lesion.area, 0);
  return {
    lesions: lesions.length,
    area,
    areaMm2: spacing && area * spacing[0] * spacing[1],
    burden: area / (mask.width * mask.height),
  };
}
