// Results as a table for people.

import Table from 'cli-table3';
import type { Assessment } from '../evaluation/assess.js';
import type { Estimate, Metrics } from '../evaluation/evaluate.js';
import type { Uncertainty } from '../evaluation/uncertainty.js';
import { counted } from '../report/format.js';

export const SHOWN = ['macroF1', 'macroRecall', 'maee', 'qwk', 'spearman'] as const;

/** 0.512 [0.45, 0.57], or a dash where undefined. */
export function estimate({ value, ci95 }: Estimate): string {
  if (value === null) return '-';
  return ci95
    ? `${value.toFixed(3)} [${ci95.map((v) => v.toFixed(2)).join(', ')}]`
    : value.toFixed(3);
}

const HEADINGS = {
  macroF1: 'macro-F1',
  macroRecall: 'macro recall',
  maee: 'MAEE (1 is perfect)',
  qwk: 'QWK',
  spearman: 'Spearman',
} as const;

/** One row a result, with 95 % intervals. */
export function resultTable(rows: readonly { name: string; metrics: Metrics }[]): string {
  const table = new Table({
    head: ['', ...SHOWN.map((metric) => HEADINGS[metric])],
    style: { head: [], border: [] },
  });
  for (const { name, metrics } of rows) {
    table.push([name, ...SHOWN.map((metric) => estimate(metrics[metric]))]);
  }
  return table.toString();
}

const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`;

/** What a calibration promises of its sets. */
export function setsInWords({ sets }: Uncertainty): string {
  if (!sets[sets.shown]) return `none; ${sets.refused[sets.shown]}`;
  const which = sets.shown === 'byGrade' ? ' of every grade' : '';
  return `hold the expert's grade in ${percent(sets.coverage)} of cases${which}`;
}

/** Which images go to a human, and what that promises of the others. */
export function referralInWords({ referral }: Uncertainty): string {
  const { threshold, confidence, maxError, tolerance, kept, subjects, refused } = referral;
  if (threshold === null) return `every image; ${refused}`;
  const off = tolerance === 0 ? 'wrong' : `more than ${counted(tolerance, 'grade')} off`;
  const which = threshold === 0 ? 'none' : `those less certain than ${percent(threshold)}`;
  const promise = `fewer than ${percent(maxError)} are ${off} (${percent(confidence)} confidence)`;
  return `${which}; of the others ${promise}, as ${kept} of ${subjects} subjects showed`;
}

/** What became of the calibration on the images of an evaluation. */
export function uncertaintyLines({ probabilities, sets, referral }: Assessment): string {
  const { raw, calibrated } = probabilities;
  const change = (name: keyof typeof raw): string =>
    `${estimate(raw[name])}, calibrated ${estimate(calibrated[name])}`;
  const [set, which] = sets.all ? [sets.all, ''] : [sets.byGrade, ' (by grade)'];
  return [
    `RPS ${change('rps')}`,
    `Brier score ${change('brier')}`,
    `calibration error (debiased) ${change('eceDebiased')}`,
    set &&
      `sets${which} that hold the grade ${estimate(set.coverage)}, grades a set ${estimate(set.size)}`,
    `sent to a human ${estimate(referral.referred)}; wrong among the others ${estimate(referral.errorKept)}, of all ${estimate(referral.errorAll)}`,
  ]
    .filter((line) => line !== null)
    .join('\n');
}
