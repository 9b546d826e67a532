// Measured images become `metrics.json` of a segmentation: means with 95 % intervals by a bootstrap over
// subjects, by grade and by size of lesion, and how lesion burden agrees with severity.

import { numberSubjects, percentileInterval, subjectDraws } from '../bootstrap.js';
import type { Estimate } from '../evaluate.js';
import { ranking } from '../metrics/ranking.js';
import { spearman } from '../metrics/spearman.js';
import { type Range, scoreEstimate } from '../score-interval.js';
import type { ImageMeasures } from './measure.js';

/** An image, what was predicted of it and, where it has a mask, how well. */
export interface SegmentedImage {
  readonly image: string;
  readonly subject: string;
  readonly grade: number | null;
  /** Predicted lesion burden, share of the image in [0, 1]. */
  readonly burden: number;
  /** Severity score of the run that the segmentation started from; null where there is none. */
  readonly score: number | null;
  /** Null where there is no true mask. */
  readonly measures: ImageMeasures | null;
}

/** The means of a set of images. */
export interface SegmentationScores {
  /** Over all images with a mask; 1 where both masks are empty. */
  readonly dice: Estimate;
  readonly iou: Estimate;
  /** Over the images whose mask holds a lesion. */
  readonly diceLesion: Estimate;
  /** Over the images in which both masks hold a lesion, in mm or pixels. */
  readonly hausdorff95: Estimate;
  readonly surfaceDistance: Estimate;
  /** Share of true lesions of which a pixel is found. */
  readonly lesionSensitivity: Estimate;
  /** Predicted lesions an image that touch no true one. */
  readonly falsePositives: Estimate;
}

export interface SegmentationMetrics extends SegmentationScores {
  /** Images with a mask, and their subjects. */
  readonly n: number;
  readonly subjects: number;
  /** Images where one mask is empty and the other is not: no distance is defined there. */
  readonly oneEmpty: number;
  /** Images where both are. */
  readonly bothEmpty: number;
  readonly unit: 'mm' | 'pixels';
  /** Of each lesion class, where there are several. */
  readonly classes: readonly {
    readonly class: number;
    readonly dice: Estimate;
    readonly iou: Estimate;
  }[];
  readonly byGrade: readonly ({
    readonly grade: number;
    readonly n: number;
  } & SegmentationScores)[];
  readonly bySize: readonly {
    readonly size: LesionSize;
    readonly lesions: number;
    readonly sensitivity: Estimate;
  }[];
  /** Spearman's rho of predicted lesion burden, over all images, masks or not. */
  readonly burden: {
    readonly withScore: Estimate;
    readonly withGrade: Estimate;
    /** With the burden of the true mask. */
    readonly withTrueBurden: Estimate;
  };
}

/** Share of the image below which a lesion is small, and medium. */
export const LESION_SIZES = {
  small: 0.001,
  medium: 0.01,
  large: Number.POSITIVE_INFINITY,
} as const;
export type LesionSize = keyof typeof LESION_SIZES;

export interface SegmentationEvaluateOptions {
  /** Classes of a pixel, background included. */
  readonly classes: number;
  readonly unit: 'mm' | 'pixels';
  readonly seed: number;
  /** Bootstrap draws, 1,000 unless told; 0 gives values without intervals. */
  readonly draws?: number;
}

type Measured = SegmentedImage & { readonly measures: ImageMeasures };

/** All metrics of the images; the caller chooses the split. Undefined ones are null. */
export function evaluateSegmentation(
  images: readonly SegmentedImage[],
  options: SegmentationEvaluateOptions,
): SegmentationMetrics {
  const { classes, unit } = options;
  const masked = images.filter((i): i is Measured => i.measures !== null);
  const grades = [...new Set(masked.flatMap((i) => i.grade ?? []))].sort((a, b) => a - b);
  const empty = ({ measures }: Measured) => measures.lesions.length === 0;
  const ofClass = (k: number, read: 'dice' | 'iou') =>
    estimate(
      masked,
      meanOf((i: Measured) => i.measures.classes[k][read]),
      options,
    );
  const sized = (lesions: ImageMeasures['lesions'], size: LesionSize) =>
    lesions.filter((lesion) => sizeOf(lesion.size) === size);
  return {
    n: masked.length,
    subjects: new Set(masked.map((i) => i.subject)).size,
    oneEmpty: masked.filter((i) => empty(i) !== (i.burden === 0)).length,
    bothEmpty: masked.filter((i) => empty(i) && i.burden === 0).length,
    unit,
    ...scores(masked, options),
    classes:
      classes > 2
        ? Array.from({ length: classes - 1 }, (_, k) => ({
            class: k + 1,
            dice: ofClass(k, 'dice'),
            iou: ofClass(k, 'iou'),
          }))
        : [],
    byGrade: grades.map((grade) => {
      const part = masked.filter((i) => i.grade === grade);
      return { grade, n: part.length, ...scores(part, options) };
    }),
    bySize: (Object.keys(LESION_SIZES) as LesionSize[]).map((size) => ({
      size,
      lesions: masked.reduce((n, i) => n + sized(i.measures.lesions, size).length, 0),
      sensitivity: foundIn(masked, (i) => sized(i.measures.lesions, size), options),
    })),
    burden: {
      withScore: agreement(images, (i) => i.score, options),
      withGrade: agreement(images, (i) => i.grade, options),
      withTrueBurden: agreement(images, (i) => i.measures?.trueBurden ?? null, options),
    },
  };
}

const sizeOf = (share: number): LesionSize =>
  (Object.keys(LESION_SIZES) as LesionSize[]).find((size) => share < LESION_SIZES[size])!;

function scores(
  images: readonly Measured[],
  options: SegmentationEvaluateOptions,
): SegmentationScores {
  // Only the images that a figure speaks of: the others would make its interval too sure of itself.
  const mean = (read: (image: Measured) => number | null, range?: Range | null) =>
    estimate(
      images.filter((image) => read(image) !== null),
      meanOf(read),
      options,
      range,
    );
  return {
    dice: mean((i) => i.measures.dice),
    iou: mean((i) => i.measures.iou),
    diceLesion: mean((i) => (i.measures.lesions.length > 0 ? i.measures.dice : null)),
    hausdorff95: mean((i) => i.measures.hausdorff95, null),
    surfaceDistance: mean((i) => i.measures.surfaceDistance, null),
    lesionSensitivity: foundIn(images, (i) => i.measures.lesions, options),
    falsePositives: mean((i) => i.measures.falsePositives, null),
  };
}

/** A figure of a set of images, each counted as often as its weight says; null where undefined. */
type Statistic<T> = (images: readonly T[], weights: ArrayLike<number>) => number | null;

const meanOf =
  <T>(read: (image: T) => number | null): Statistic<T> =>
  (images, weights) => {
    let sum = 0;
    let total = 0;
    images.forEach((image, i) => {
      const value = read(image);
      if (value === null) return;
      sum += weights[i] * value;
      total += weights[i];
    });
    return total > 0 ? sum / total : null;
  };

/** Lesions found of all there are. */
function foundIn(
  images: readonly Measured[],
  lesions: (image: Measured) => ImageMeasures['lesions'],
  options: SegmentationEvaluateOptions,
): Estimate {
  const share: Statistic<Measured> = (images, weights) => {
    let hits = 0;
    let total = 0;
    images.forEach((image, i) => {
      const all = lesions(image);
      hits += weights[i] * all.filter((lesion) => lesion.found).length;
      total += weights[i] * all.length;
    });
    return total > 0 ? hits / total : null;
  };
  return estimate(
    images.filter((image) => lesions(image).length > 0),
    share,
    options,
  );
}

/** Spearman's rho of burden and another number of the images that have it. */
function agreement(
  images: readonly SegmentedImage[],
  read: (image: SegmentedImage) => number | null,
  options: SegmentationEvaluateOptions,
): Estimate {
  const known = images.filter((i) => read(i) !== null);
  const values = known.map((i) => read(i) as number);
  const levels = [...new Set(values)].sort((a, b) => a - b);
  const rank = new Map(levels.map((level, i) => [level, i]));
  const truth = values.map((value) => rank.get(value)!);
  const burdens = ranking(known.map((i) => i.burden));
  return estimate(
    known,
    (_, weights) => spearman(truth, levels.length, burdens, weights),
    options,
    [-1, 1],
  );
}

/** @param range of the statistic, a share's unless told; null where it has no largest value */
function estimate<T extends { readonly subject: string }>(
  images: readonly T[],
  statistic: Statistic<T>,
  { seed, draws = 1000 }: SegmentationEvaluateOptions,
  range: Range | null = [0, 1],
): Estimate {
  const value = statistic(images, new Float64Array(images.length).fill(1));
  const { subjectOf, subjects } = numberSubjects(images.map((i) => i.subject));
  if (value === null || subjects < 2 || draws === 0) return { value, ci95: null };
  const resampled: (number | null)[] = [];
  for (const weights of subjectDraws(subjectOf, subjects, draws, seed)) {
    resampled.push(statistic(images, weights));
  }
  return range
    ? scoreEstimate(value, resampled, subjects, range)
    : { value, ci95: percentileInterval(resampled, subjects) };
}
