// metrics.jsonl of a segmentation: a line for each step and each look at the validation split.

import type { StepRecord } from '../../training/index.js';

/** A line of metrics.jsonl. */
export type SegmentationLine =
  | Pick<StepRecord, 'step' | 'phase' | 'learningRate' | 'losses' | 'imagesPerSecond'>
  | { readonly step: number; readonly validation: { readonly dice: number } };
