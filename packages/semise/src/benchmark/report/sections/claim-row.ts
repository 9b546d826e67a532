// A row of a claim: ours against its best rival, paired by seed.

import { meanOverSeeds, type PairedResult } from '../../statistics/seeds.js';
import { cell, difference, estimated, probability, relative, type TextCell } from '../document.js';
import { bySeed, type Runs } from '../groups.js';

/** Of a claim's tables, with what a rival is called. */
export const claimHead = (rival: string): string[] => [
  '',
  'semise',
  rival,
  'difference',
  'relative gain',
  'p',
  'seeds',
];

/** How differences are to be read. */
export const READING =
  "Differences are by seed; bold where the 95 % interval leaves out 0, and Student's t of the seeds does, too: an interval of two, three or four seeds is their range, which holds the truth in 50, 75 and 88 % of cases.";

/** @param p of the difference, corrected for all rivals of the row */
export function claimRow<Metric extends string>(
  name: string,
  metric: Metric,
  ours: Runs<Metric>,
  { rival, paired, p }: { rival: Runs<Metric>; paired: PairedResult; p: number | null },
): TextCell[] {
  const mean = (runs: Runs<Metric>) => estimated(meanOverSeeds(bySeed(runs, metric)));
  return [
    cell(name),
    cell(mean(ours)),
    cell(`${rival.method} ${mean(rival)}`),
    difference(paired),
    relative(paired),
    cell(probability(p)),
    cell(`${paired.seeds}`),
  ];
}
