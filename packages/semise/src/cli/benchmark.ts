// semise benchmark: the runs of a grid that are not in the results file yet.

import type { Command } from 'commander';
import {
  type BenchmarkHooks,
  type BenchmarkOptions,
  describeCell,
  type Only,
  parseOnly,
  type Row,
  runBenchmark,
  verifyRows,
} from '../benchmark/index.js';
import { InputError } from '../errors.js';
import { duration } from '../report/format.js';
import { EXIT } from './failure.js';
import { interruptSignal } from './interrupt.js';
import { positiveInteger } from './parse.js';
import { type Progress, progress } from './progress.js';

interface Flags {
  readonly out?: string;
  readonly datasets: string;
  readonly runs: string;
  readonly tune?: boolean;
  readonly only?: Only;
  readonly shard?: string;
  readonly threads?: number;
  readonly again?: boolean;
  readonly verify?: boolean;
  readonly keep?: boolean;
  readonly json?: boolean;
}

interface ReportFlags {
  readonly segmentation?: string;
  readonly markdown: string;
  readonly html: string;
}

export function benchmarkCommand(program: Command): void {
  const benchmark = program
    .command('benchmark')
    .description('run a grid of data sets, label budgets, comparisons, methods and seeds')
    .argument('<grid>', 'the grid, YAML or JSON')
    .option('--out <file.jsonl>', 'results, a line a run; runs that are there are not run')
    .option('--datasets <folder>', 'folder of the data sets ($SEMISE_DATASETS)', datasetsFolder())
    .option('--runs <folder>', 'where the runs are kept', 'runs/benchmark')
    .option('--tune', 'choose settings: the seeds for tuning, scored on validation')
    .option('--only <field=value,...>', 'only these runs, e.g. dataset=busi,budget=10', parseOnly)
    .option('--shard <i/n>', 'the i-th of n parts, for n machines or processes')
    .option('--threads <n>', 'threads of one run (all cores)', positiveInteger)
    .option('--again', 'run also what is in the file')
    .option('--verify', 'run rows of the file once more: they must give the same figures')
    .option('--keep', 'keep the model, checkpoint and report of every run')
    .option('--json', 'print the new rows as JSON')
    .addHelpText(
      'after',
      `
Examples:
  semise benchmark bench/grids/grading.yaml --datasets data --out bench/results/grading.jsonl --threads 1
  semise benchmark grid.yaml --out rows.jsonl --only dataset=busi,method=semise,budget=10,seed=1 --verify
  semise benchmark report rows.jsonl --markdown benchmark.md --html benchmark.html
Start it once more for each idle core: processes with the same --runs share the work.`,
    )
    .action(runBenchmarkCommand);

  benchmark
    .command('report')
    .description('tables and charts of a results file')
    .argument('<file.jsonl>', 'the results')
    .option('--segmentation <file.jsonl>', 'results of semise segment benchmark, shown too')
    .option('--markdown <file>', 'page to write', 'benchmark.md')
    .option('--html <file>', 'page with charts to write', 'benchmark.html')
    .addHelpText(
      'after',
      '\nExample:\n  semise benchmark report bench/results/grading.jsonl --segmentation bench/results/segmentation.jsonl --markdown docs/benchmark.md',
    )
    .action(async (file: string, { segmentation, ...out }: ReportFlags) => {
      // Only now: the chart library takes longer to load than many a command runs.
      const { writeBenchmarkReport } = await import('../benchmark/report/write.js');
      await writeBenchmarkReport(file, out, segmentation);
      process.stdout.write(`${out.markdown}\n${out.html}\n`);
    });
}

const datasetsFolder = (): string => process.env.SEMISE_DATASETS ?? '.';

async function runBenchmarkCommand(grid: string, given: Flags): Promise<void> {
  // Not a required option: those of a command are asked of its subcommand `report`, too.
  const { out } = given;
  if (!out) throw new InputError('--out: missing; give the file that results are appended to');
  const flags = { ...given, grid, out };
  const { json = false } = flags;
  let shown: Progress = progress('', json);
  const signal = interruptSignal(() => shown.end());
  let name = '';
  const note = (text: string) => {
    if (!json) process.stderr.write(`${text}\n`);
  };
  const hooks: BenchmarkHooks = {
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
    onDescribed: (done, total) => shown.count('reading patches', done, total),
    onStep: (record) => shown.step(record),
    onRow: (row) => {
      shown.end();
      note(`${name} ${inShort(row)}`);
    },
  };
  if (flags.verify) return verify(flags, hooks).finally(() => shown.end());
  const { rows, stopped } = await runBenchmark(flags, hooks).finally(() => shown.end());
  if (json) process.stdout.write(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  if (stopped) {
    note('stopped; the same command goes on');
    process.exitCode = EXIT.interrupted;
  } else if (rows.some((row) => row.error)) {
    process.exitCode = EXIT.failed;
  }
}

async function verify(flags: BenchmarkOptions, hooks: BenchmarkHooks): Promise<void> {
  const verified = await verifyRows(flags, {
    ...hooks,
    onVerified: ({ recorded, again, same }) =>
      process.stdout.write(
        `${describeCell(recorded)}: ${same ? 'the same' : `differs: ${inShort(recorded)}, now ${inShort(again)}`}\n`,
      ),
  });
  if (!verified) process.exitCode = EXIT.interrupted;
  else if (verified.some(({ same }) => !same)) process.exitCode = EXIT.failed;
}

function inShort({ metrics, error, seconds }: Row): string {
  if (!metrics) return `failed: ${error}`;
  const figure = (metric: keyof typeof metrics) => metrics[metric]?.toFixed(3) ?? '-';
  return `macro-F1 ${figure('macroF1')}, QWK ${figure('qwk')}, Spearman ${figure('spearman')} | ${duration(seconds)}`;
}
