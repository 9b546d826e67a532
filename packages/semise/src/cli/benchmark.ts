// semise benchmark: the runs of a grid that are not in the results file yet.

import type { Command } from 'commander';
import { describeCell, type Only, parseOnly, type Row, runBenchmark } from '../benchmark/index.js';
import { duration } from '../report/format.js';
import { EXIT } from './failure.js';
import { interruptSignal } from './interrupt.js';
import { positiveInteger } from './parse.js';
import { type Progress, progress } from './progress.js';

interface Flags {
  readonly out: string;
  readonly datasets: string;
  readonly runs: string;
  readonly tune?: boolean;
  readonly only?: Only;
  readonly shard?: string;
  readonly threads?: number;
  readonly again?: boolean;
  readonly keep?: boolean;
  readonly json?: boolean;
}

export function benchmarkCommand(program: Command): void {
  program
    .command('benchmark')
    .description('run a grid of data sets, label budgets, comparisons, methods and seeds')
    .argument('<grid>', 'the grid, YAML or JSON')
    .requiredOption('--out <file.jsonl>', 'results, a line a run; runs that are there are not run')
    .option('--datasets <folder>', 'folder of the data sets ($SEMISE_DATASETS)', datasetsFolder())
    .option('--runs <folder>', 'where the runs are kept', 'runs/benchmark')
    .option('--tune', 'choose settings: the seeds for tuning, scored on validation')
    .option('--only <field=value,...>', 'only these runs, e.g. dataset=busi,budget=10', parseOnly)
    .option('--shard <i/n>', 'the i-th of n parts, for n machines or processes')
    .option('--threads <n>', 'threads of one run (all cores)', positiveInteger)
    .option('--again', 'run also what is in the file')
    .option('--keep', 'keep the model, checkpoint and report of every run')
    .option('--json', 'print the new rows as JSON')
    .addHelpText(
      'after',
      `
Examples:
  semise benchmark bench/grids/grading.yaml --datasets data --out bench/results/grading.jsonl --threads 1
  semise benchmark grid.yaml --out again.jsonl --only dataset=busi,method=semise,budget=10,seed=1
Start it once more for each idle core: processes with the same --runs share the work.`,
    )
    .action(runBenchmarkCommand);
}

const datasetsFolder = (): string => process.env.SEMISE_DATASETS ?? '.';

async function runBenchmarkCommand(grid: string, flags: Flags): Promise<void> {
  const { json = false } = flags;
  let shown: Progress = progress('', json);
  const signal = interruptSignal(() => shown.end());
  let name = '';
  const note = (text: string) => {
    if (!json) process.stderr.write(`${text}\n`);
  };
  const { rows, stopped } = await runBenchmark(
    { ...flags, grid },
    {
      signal,
      onNote: note,
      onDraw: (done, total) => shown.count('drawing images', done, total),
      onPlan: ({ cells, missing }) => note(`${cells} runs, ${missing} of them to do`),
      onCell: (cell, { index, total, left }) => {
        name = `[${index}/${total}]`;
        const time = left === null ? '' : ` | about ${duration(left)} left`;
        note(`${name} ${describeCell(cell)}${time}`);
      },
      onTraining: (what) => {
        shown.end();
        shown = progress(what === 'run' ? name : `${name} pretraining`, json);
      },
      onDecode: (done, total) => shown.count('reading images', done, total),
      onStep: (record) => shown.step(record),
      onRow: (row) => {
        shown.end();
        note(`${name} ${inShort(row)}`);
      },
    },
  ).finally(() => shown.end());
  if (json) process.stdout.write(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  if (stopped) {
    note('stopped; the same command goes on');
    process.exitCode = EXIT.interrupted;
  } else if (rows.some((row) => row.error)) {
    process.exitCode = EXIT.failed;
  }
}

function inShort({ metrics, error, seconds }: Row): string {
  if (!metrics) return `failed: ${error}`;
  const figure = (metric: keyof typeof metrics) => metrics[metric]?.toFixed(3) ?? '-';
  return `macro-F1 ${figure('macroF1')}, QWK ${figure('qwk')}, Spearman ${figure('spearman')} | ${duration(seconds)}`;
}
