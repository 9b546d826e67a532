// semise segment benchmark: the runs of a grid of starts and mask budgets that are not done yet.

import Table from 'cli-table3';
import type { Command } from 'commander';
import {
  readSegmentationRows,
  runSegmentationBenchmark,
  summarizeSegmentation,
} from '../benchmark/segmentation.js';
import { InputError } from '../errors.js';
import { EXIT } from './failure.js';
import { interruptSignal } from './interrupt.js';
import { positiveInteger } from './parse.js';
import { type Progress, progress } from './progress.js';

interface Flags {
  readonly out: string;
  readonly datasets: string;
  readonly runs: string;
  readonly threads?: number;
  readonly only?: Record<string, string>;
}

const FIELDS = ['dataset', 'budget', 'method', 'seed'];

function only(text: string): Record<string, string> {
  const pairs = text.split(',').map((pair) => pair.split('='));
  const wrong = pairs.find(([field, value]) => !FIELDS.includes(field) || !value);
  if (wrong)
    throw new InputError(`--only ${wrong.join('=')}: give one of ${FIELDS.join(', ')} = value`);
  return Object.fromEntries(pairs);
}

export function segmentBenchmarkCommand(program: Command): void {
  program
    .command('benchmark')
    .description('what each start of the encoder is worth, by mask budget')
    .argument('<grid>', 'the grid, YAML')
    .requiredOption('--out <file.jsonl>', 'results, a line a run; runs that are there are not run')
    .option('--datasets <folder>', 'folder of the data sets', process.env.SEMISE_DATASETS ?? '.')
    .option('--runs <folder>', 'where starts and runs are kept', 'runs/segmentation')
    .option('--threads <n>', 'threads of one run (all cores)', positiveInteger)
    .option('--only <field=value,...>', 'only these runs, e.g. dataset=busi,budget=10', only)
    .addHelpText(
      'after',
      '\nExample:\n  semise segment benchmark bench/grids/segmentation.yaml --datasets data --out bench/results/segmentation.jsonl --threads 1\nStart it once more for each idle core: processes with the same --runs share the work.',
    )
    .action(async (grid: string, flags: Flags) => {
      let shown: Progress = progress('', false);
      const signal = interruptSignal(() => shown.end());
      const whole = await runSegmentationBenchmark(
        { ...flags, grid },
        {
          signal,
          onStep: (record) => shown.step(record),
          onCell: (name, index, total) => {
            shown.end();
            shown = progress(`[${index}/${total}] ${name}`, false);
          },
          onRow: ({ metrics, error, seconds }) =>
            shown.note(
              error ?? `Dice with lesion ${metrics?.diceLesion?.toFixed(3) ?? '-'} | ${seconds} s`,
            ),
        },
      ).finally(() => shown.end());
      const table = new Table({
        head: ['data set', 'masks', 'method', 'seeds', 'Dice, with lesion'],
        style: { head: [], border: [] },
      });
      for (const s of summarizeSegmentation(await readSegmentationRows(flags.out))) {
        const spread = s.deviation === null ? '' : ` ± ${s.deviation.toFixed(3)}`;
        table.push([s.dataset, s.budget, s.method, s.seeds, `${s.mean.toFixed(3)}${spread}`]);
      }
      process.stdout.write(`${table}\n`);
      if (!whole) process.exitCode = EXIT.interrupted;
    });
}
