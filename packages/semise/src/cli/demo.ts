// semise demo: what semise does, on made images, in a few minutes.

import type { Command } from 'commander';
import type { Language } from '../report/language.js';
import { runDemo } from '../run/index.js';
import { EXIT } from './failure.js';
import { interruptSignal } from './interrupt.js';
import { languageOption } from './options.js';
import { wholeNumber } from './parse.js';
import { type Progress, progress } from './progress.js';
import { resultTable } from './table.js';
import { describeData } from './train.js';

interface Flags {
  readonly out: string;
  readonly seed: number;
  readonly full?: boolean;
  readonly lang?: Language;
  readonly json?: boolean;
}

export function demoCommand(program: Command): void {
  program
    .command('demo')
    .description('draw a made cohort, train SEMISE and a supervised rival on it, compare them')
    .option('--out <folder>', 'where the cohort, the runs and the report go', 'demo')
    .option('--seed <n>', 'seed of every random choice', wholeNumber, 1)
    .option('--full', 'more methods: without comparisons, as published, CORN, SimCLR, ConPrO')
    .addOption(languageOption())
    .option('--json', 'print the results as JSON')
    .addHelpText('after', '\nExample:\n  semise demo --seed 2 --out demo-2')
    .action(runDemoCommand);
}

async function runDemoCommand({
  json = false,
  full = false,
  out,
  seed,
  lang,
}: Flags): Promise<void> {
  let shown: Progress = progress('cohort', json);
  let drawing = false;
  let running = '';
  const results = await runDemo(
    { out, seed, full },
    {
      signal: interruptSignal(() => shown.end()),
      report: { language: lang },
      onCohort: (done, total) => {
        if (!drawing) shown.note(`drawing a cohort of ${total} made fundus images`);
        drawing = true;
        shown.count('drawing images', done, total);
      },
      onRun: (name) => {
        running = name;
        shown.end();
        shown = progress(name, json);
        shown.note(`\n${name}`);
      },
      onDecode: (done, total) => shown.count('reading images', done, total),
      onStart: (_, dataset) => shown.note(describeData(dataset)),
      onDescribed: (done, total) => shown.count('reading patches', done, total),
      onStep: (record) => shown.step(record),
      onResult: () => shown.end(),
    },
  ).finally(() => shown.end());
  if (!results) {
    process.stderr.write(
      `stopped; start anew with another --out, or finish this run with: semise train --resume --out ${out}/${running}\n`,
    );
    process.exitCode = EXIT.interrupted;
    return;
  }
  const rows = [...results].flatMap(([name, { test }]) => (test ? [{ name, metrics: test }] : []));
  if (json) {
    process.stdout.write(
      `${JSON.stringify(Object.fromEntries(rows.map(({ name, metrics }) => [name, metrics])))}\n`,
    );
    return;
  }
  const test = rows[0]?.metrics;
  process.stdout.write(
    `\nOn the ${test?.n} test images of ${test?.subjects} subjects, with 95 % intervals:\n${resultTable(rows)}\nreport: ${out}/report.html\n`,
  );
}
