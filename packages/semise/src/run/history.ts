// metrics.jsonl: a line for each step and each look at the validation split.

import { appendFile, readFile } from 'node:fs/promises';
import { writeWhole } from '../atomic.js';

export interface StepLine {
  readonly step: number;
  readonly phase: string;
  readonly learningRate: number;
  readonly losses: Readonly<Record<string, number>>;
  readonly imagesPerSecond: number;
}
export interface ValidationLine {
  readonly step: number;
  readonly validation: {
    readonly macroF1: number | null;
    readonly qwk: number | null;
    readonly spearman: number | null;
  };
}
export type HistoryLine = StepLine | ValidationLine;

export const isValidation = (line: HistoryLine): line is ValidationLine => 'validation' in line;

export const appendHistory = (
  file: string,
  lines: readonly { readonly step: number }[],
): Promise<void> => appendFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

/** The lines up to a step; a line cut short by a kill is left out. */
export async function readHistory<Line extends { readonly step: number } = HistoryLine>(
  file: string,
  upTo = Infinity,
): Promise<Line[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      const parsed = JSON.parse(line) as Line;
      return parsed.step <= upTo ? [parsed] : [];
    } catch {
      return [];
    }
  });
}

/** Forgets what came after a checkpoint that is resumed from. */
export async function cutHistory(file: string, upTo: number): Promise<void> {
  const kept = await readHistory(file, upTo);
  await writeWhole(file, kept.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
