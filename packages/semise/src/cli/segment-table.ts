// Results of a segmentation as a table for people.

import Table from 'cli-table3';
import type { SegmentationMetrics } from '../evaluation/segmentation/index.js';
import { estimate } from './table.js';

export function segmentationTable(
  rows: readonly { name: string; metrics: SegmentationMetrics }[],
): string {
  const unit = rows.every(({ metrics }) => metrics.unit === 'mm') ? 'mm' : 'pixels';
  const table = new Table({
    head: [
      '',
      'Dice, with lesion',
      'Dice, all',
      `95 % Hausdorff, ${unit}`,
      'lesions found',
      'false lesions an image',
      'burden and score, rho',
    ],
    style: { head: [], border: [] },
  });
  for (const { name, metrics: m } of rows) {
    const shown = [m.diceLesion, m.dice, m.hausdorff95, m.lesionSensitivity, m.falsePositives];
    table.push([`${name} (${m.n})`, ...[...shown, m.burden.withScore].map(estimate)]);
  }
  return table.toString();
}
