// Everything the report of a segmentation shows, as plain data.

import type { Split } from '../../evaluation/prediction.js';
import type { SegmentationMetrics, SegmentedImage } from '../../evaluation/segmentation/index.js';
import type { DuplicateCheck } from '../report-data.js';

export interface SegmentationReport {
  created: string;
  config: Record<string, unknown>;
  command: string;
  /** The split it speaks of. */
  split: Split;
  /** Null where the split has no mask. */
  metrics: SegmentationMetrics | null;
  /** Images of the split. */
  burdens: readonly SegmentedImage[];
  history: { step: number; phase: string; losses: Readonly<Record<string, number>> }[];
  /** Dice at the working size during training. */
  validation: { step: number; dice: number }[];
  data: {
    split: Split;
    images: number;
    subjects: number;
    lesionMasks: number;
    emptyMasks: number;
    /** Masks that training, or evaluation, saw. */
    seen: number;
  }[];
  examples: OverlayExample[];
  /** The search for pictures that are alike; missing where it was not recorded. */
  duplicates?: DuplicateCheck;
  environment: string;
}

export interface OverlayExample {
  group: 'best' | 'median' | 'worst' | 'no lesion';
  image: string;
  grade: number | null;
  dice: number;
  score: number | null;
  burden: number;
  /** A `data:image/...` URI; empty where the image could not be read. */
  picture: string;
}
