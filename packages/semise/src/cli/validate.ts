// semise validate: a run against another site's images, and against limits set before.

import Table from 'cli-table3';
import type { Command } from 'commander';
import { refuseExisting } from '../atomic.js';
import { figureName } from '../evaluation/acceptance/figures.js';
import { LANGUAGES, type Language } from '../report/language.js';
import type { Validation } from '../report/validation/report-data.js';
import { openRun, type ValidateOptions, validateRun, writeValidation } from '../run/index.js';
import { EXIT } from './failure.js';
import { chosen } from './options.js';
import { wholeNumber } from './parse.js';
import { progress } from './progress.js';
import { estimate } from './table.js';

interface Flags extends Omit<ValidateOptions, 'leakage'> {
  readonly out: string;
  readonly lang: Language;
  readonly fixLeakage?: boolean;
  readonly allowLeakage?: boolean;
  readonly json?: boolean;
}

export function validateCommand(program: Command): void {
  program
    .command('validate')
    .description("validate a run on another site's images, against limits set before")
    .argument('<run>', 'folder of the run')
    .requiredOption('--data <labels.csv>', 'images and grades that the run has never seen')
    .requiredOption('--out <folder>', 'write validation.json, .html and predictions.csv there')
    .option('--site <name>', 'only the rows of this site')
    .option('--acceptance <limits.json>', 'limits to accept or refuse by; stamp them first')
    .option('--skip-bad', 'go on without images that cannot be read')
    .option('--fix-leakage', 'leave out subjects and pictures that the run has seen')
    .option('--allow-leakage', 'go on with them')
    .option('--seed <n>', "seed of the intervals (the run's own)", wholeNumber)
    .addOption(chosen('--lang <language>', 'of the report (en)', LANGUAGES).default('en'))
    .option('--json', 'print validation.json')
    .addHelpText(
      'after',
      '\nExit code: 0 accepted or no limits given, 3 not accepted, 2 bad input.\n' +
        '\nExample:\n  semise validate run --data other-hospital/labels.csv --acceptance limits.json --out external',
    )
    .action(async (folder: string, flags: Flags) => {
      await refuseExisting(flags.out);
      const shown = progress('grading', flags.json ?? false);
      const run = await openRun(folder);
      try {
        const report = await validateRun(folder, run, {
          ...flags,
          leakage: flags.fixLeakage ? 'fix' : flags.allowLeakage ? 'allow' : 'refuse',
          onDecode: (done, total) => shown.count('reading images', done, total),
        }).finally(shown.end);
        await writeValidation(flags.out, report, flags.lang);
        const { validation } = report;
        process.stdout.write(
          flags.json ? `${JSON.stringify(validation)}\n` : summary(validation, flags.out),
        );
        process.exitCode = validation.verdict === 'fail' ? EXIT.notAccepted : EXIT.ok;
      } finally {
        await run.close();
      }
    });
}

const STAMPED = {
  first: 'The limits were stamped before these images were first opened.',
  after: 'The limits were stamped AFTER these images had been opened.',
  never: 'The limits were never stamped.',
  unknown: "The run's log of validations was changed: what came first is not known.",
} as const;

function summary(validation: Validation, out: string): string {
  const { acceptance, external, figures, shared, data } = validation;
  const table = new Table({
    head: ['', 'external', 'internal test', 'difference'],
    style: { head: [], border: [] },
  });
  const none = { value: null, ci95: null };
  for (const { figure, external, internal, difference } of figures) {
    const cells = [external, internal ?? none, difference ?? none].map(estimate);
    table.push([figureName(figure), ...cells]);
  }
  const notes = [
    data.skipped.length > 0 ? `skipped ${data.skipped.length} unreadable images` : '',
    shared.leftOut > 0 ? `left out ${shared.leftOut} images that the run has seen` : '',
    shared.compared < shared.ofRun
      ? `only ${shared.compared} of the run's ${shared.ofRun} images could be compared with the external ones`
      : '',
    !shared.sameFile && shared.names.length > 0
      ? `${shared.names.length} subjects bear a name of the run's data, as ${shared.names[0]}: make sure that they are others`
      : '',
  ].filter((note) => note !== '');
  const verdict = acceptance
    ? [
        `${acceptance.verdict === 'pass' ? 'ACCEPTED' : 'NOT ACCEPTED'}`,
        ...acceptance.why.map((line) => `  ${line}`),
        STAMPED[acceptance.precedence.stamped],
      ]
    : ['No acceptance limits were given.'];
  return [
    `${external.n} images of ${external.subjects} subjects`,
    table.toString(),
    ...notes,
    ...verdict,
    `report: ${out}/validation.html`,
    '',
  ].join('\n');
}
