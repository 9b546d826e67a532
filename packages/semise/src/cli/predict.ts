// semise predict: the grade of single images, and how far it can be trusted.

import Table from 'cli-table3';
import type { Command } from 'commander';
import type { Uncertainty } from '../evaluation/uncertainty.js';
import { type FileAnswer, openRun } from '../run/index.js';
import { referralInWords, setsInWords } from './table.js';

interface Flags {
  readonly calibration?: string;
  readonly json?: boolean;
}

export function predictCommand(program: Command): void {
  program
    .command('predict')
    .description('grade image files with a trained run')
    .argument('<run>', 'folder of the run')
    .argument('<images...>', 'image files')
    .option('--calibration <file>', "of semise calibrate, in place of the run's own")
    .option('--json', 'print one JSON object an image')
    .addHelpText('after', '\nExample:\n  semise predict run patient-7.png')
    .action(async (folder: string, files: string[], { calibration, json }: Flags) => {
      const run = await openRun(folder, { calibration });
      try {
        const answers = await run.predict(files);
        if (json) {
          for (const answer of answers) process.stdout.write(`${JSON.stringify(plain(answer))}\n`);
          return;
        }
        process.stdout.write(`${table(answers)}\n`);
        if (run.calibration) process.stdout.write(`${legend(run.calibration.uncertainty)}\n`);
      } finally {
        await run.close();
      }
    });
}

/** The fields of before there was calibration, and what it adds. */
function plain({ file, grade, score, probabilities, doubt }: FileAnswer) {
  return {
    image: file,
    grade,
    score,
    probabilities,
    ...(doubt && {
      calibrated: doubt.calibrated,
      set: doubt.set && gradesOf(doubt.set),
      sendToHuman: doubt.refer,
    }),
  };
}

const gradesOf = ([low, high]: [number, number]): number[] =>
  Array.from({ length: high - low + 1 }, (_, i) => low + i);

/** For people: with the calibrated probabilities where there are such. */
function table(answers: readonly FileAnswer[]): Table.Table {
  const told = answers.every(({ doubt }) => doubt !== null);
  const rows = new Table({
    head: [
      'image',
      'grade',
      'severity score',
      'probability of each grade',
      ...(told ? ['possible grades', 'send to a human'] : []),
    ],
    style: { head: [], border: [] },
  });
  for (const { file, grade, score, probabilities, doubt } of answers) {
    const shares = (doubt?.calibrated ?? probabilities).map(
      (p, k) => `${k}: ${(100 * p).toFixed(0)} %`,
    );
    const range = doubt?.set && gradesOf(doubt.set).join(', ');
    rows.push([
      file,
      grade,
      score.toFixed(3),
      shares.join('  '),
      ...(doubt ? [range ?? '-', doubt.refer ? 'yes' : 'no'] : []),
    ]);
  }
  return rows;
}

/** What the last two columns promise. */
const legend = (uncertainty: Uncertainty): string =>
  [
    `possible grades: ${setsInWords(uncertainty)}`,
    `send to a human: ${referralInWords(uncertainty)}`,
    'Both hold for images like those calibrated on: docs/uncertainty.md.',
  ].join('\n');
