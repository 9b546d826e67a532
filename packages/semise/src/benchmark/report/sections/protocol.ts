// How the figures came about, from what the rows record.

import type { Row } from '../../rows.js';
import { cell, type DocumentSection } from '../document.js';
import type { Results } from '../results.js';

const SHARED = ['encoder', 'imageSize', 'steps', 'batch', 'accumulate', 'provider'];

export function protocol(results: Results, file: string): DocumentSection {
  const rows = results.groups.flatMap(({ rows }) => rows);
  const hours = rows.reduce((sum, { seconds }) => sum + seconds, 0) / 3600;
  return {
    id: 'protocol',
    title: 'How the figures came about',
    text: [
      `${rows.length} runs, ${hours.toFixed(1)} hours of training, read from ${file}.${results.outdated > 0 ? ` ${results.outdated} older rows, made with other settings than the latest row of their method, are left out.` : ''}`,
      "Each data set has one split by patient, the same for all seeds. The seed draws the graded images, the comparisons and the weights. Training sees the budget's grades and nothing else: grades of validation and test are withheld from it and joined with the predictions by the harness, once, at the end. All methods share views, encoder, image size and the number of images seen; a row that starts from a pretraining has that in addition. Settings were chosen on validation with seeds that are not reported.",
      'Intervals are expanded percentile bootstraps over seeds: how far the draw of labels and weights moves a mean. They leave out that other test images would move it, too; the corrected test accounts for that, roughly.',
      'One row again, on the machine that made it: `semise benchmark GRID --datasets DIR --out FILE --only dataset=...,budget=...,method=...,seed=... --verify`.',
    ],
    tables: [
      {
        caption: 'The same for all methods',
        head: ['setting', 'value'],
        rows: [
          ...SHARED.map((name) => [
            cell(name),
            cell(shared(rows, ({ training }) => training[name])),
          ]),
          [cell('told shares of the grades, in percent'), cell(shared(rows, toldShares))],
        ],
      },
    ],
  };
}

type Recorded = { readonly training: Readonly<Record<string, unknown>> };

function toldShares({ training }: Recorded): string {
  const { gradeShares } = (training.settings ?? {}) as { gradeShares?: number[] | null };
  return gradeShares?.join(', ') ?? 'none';
}

/** `64`; where data sets differ, with the sets of each: `64 (knee, busi); 128 (retina)`. */
function shared(rows: readonly Row[], read: (config: Recorded) => unknown): string {
  const sets = new Map<string, Set<string>>();
  for (const { dataset, config } of rows) {
    const value = `${read(config as Recorded)}`;
    sets.set(value, (sets.get(value) ?? new Set()).add(dataset));
  }
  if (sets.size === 1) return [...sets.keys()][0];
  return [...sets].map(([value, names]) => `${value} (${[...names].join(', ')})`).join('; ');
}
