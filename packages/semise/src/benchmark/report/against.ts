// Ours against its rivals, paired by seed.

import { holm } from '../../evaluation/multiple-testing.js';
import { type PairedResult, pairedOverSeeds } from '../statistics/seeds.js';
import { bySeed, byStanding, type Runs } from './groups.js';

export interface Against<Rival> {
  readonly rival: Rival;
  readonly paired: PairedResult;
  /** Holm's, over all rivals. */
  readonly p: number | null;
}

/**
 * @param testShare images tested on for each image trained on
 * @returns rivals run on more than half of our seeds first, of these the best, whether or not another has more seeds:
 * one on one lucky seed stands for nothing
 */
export function againstEach<Metric extends string, Rival extends Runs<Metric>>(
  ours: Runs<Metric>,
  rivals: readonly Rival[],
  metric: Metric,
  testShare: number,
): Against<Rival>[] {
  const scores = bySeed(ours, metric);
  const ranked = rivals.toSorted(byStanding(metric));
  const paired = ranked.map((rival) => pairedOverSeeds(scores, bySeed(rival, metric), testShare));
  const adjusted = holm(paired.map(({ p }) => p));
  const weight = ({ seeds }: PairedResult) => (2 * seeds > scores.size ? scores.size : seeds);
  return ranked
    .map((rival, i) => ({ rival, paired: paired[i], p: adjusted[i] }))
    .sort((a, b) => weight(b.paired) - weight(a.paired));
}
