// What the page of monitoring shows.

import type { HistoryEntry } from '../../evaluation/monitoring/entry.js';

/** An image of the newest batch that is furthest off in what moved most, or a usual one. */
export interface MonitoringExample {
  readonly image: string;
  readonly from: 'batch' | 'reference';
  /** Data URI, '' where it cannot be drawn. */
  readonly thumbnail: string;
  /** Of the feature that moved most; null where it is many numbers. */
  readonly value: string | number | null;
}

export interface MonitoringPage {
  /** The run's folder. */
  readonly run: string;
  readonly method: string;
  readonly reference: {
    readonly source: string;
    readonly created: string;
    readonly images: number;
    readonly subjects: number;
    readonly metadata: readonly string[];
  };
  readonly falseAlarms: number;
  readonly minSubjects: number;
  /** The oldest first, one at least. */
  readonly history: readonly HistoryEntry[];
  /** Of the newest batch. */
  readonly examples: readonly MonitoringExample[];
}
