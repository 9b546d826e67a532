// What monitoring keeps of a batch that was judged: a line of history.jsonl.

import type { BatchDrift } from './compare.js';
import type { PerformanceDrift } from './performance.js';

/** What raises an alarm: the batch by itself, the chart over time, or grades that came. */
export const REASONS = ['batch', 'trend', 'performance'] as const;
export type Reason = (typeof REASONS)[number];

export interface HistoryEntry {
  readonly name: string;
  /** When it was judged, ISO 8601. */
  readonly date: string;
  /** SHA-256 of its images, their subjects and grades: the same again is not counted. */
  readonly content: string;
  readonly verdict: 'quiet' | 'alarm';
  readonly reasons: readonly Reason[];
  /** Null where all images had been judged before and only grades are new. */
  readonly drift: BatchDrift | null;
  /** The chart over time after this batch, over its limit; null as `drift`. */
  readonly trend: number | null;
  /** Null where too few images are graded. */
  readonly performance: PerformanceDrift | null;
  /** Metadata that the reference has and this batch does not tell. */
  readonly missing: readonly string[];
  /** Starts of the SHA-256 of its images. */
  readonly seen: readonly string[];
}
