// semise bias: whether a trained run serves some patients worse than others.

import { basename, join, resolve } from 'node:path';
import Table from 'cli-table3';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { refuseExisting, wholeFolder, writeJson, writeWhole } from '../atomic.js';
import { InputError } from '../errors.js';
import { findings, type TestedGap } from '../evaluation/subgroups/index.js';
import { LANGUAGES, type Language } from '../report/language.js';
import { biasOfRun, type RunBias } from '../run/index.js';
import { EXIT } from './failure.js';
import { positiveInteger, wholeNumber } from './parse.js';
import { progress } from './progress.js';

interface Flags {
  readonly data?: string;
  readonly by?: string[];
  readonly ageBands?: number[];
  readonly bands?: Record<string, number[]>;
  readonly minSubjects: number;
  readonly draws: number;
  readonly out?: string;
  readonly lang: Language;
  readonly seed?: number;
  readonly failOnGap?: boolean;
  readonly json?: boolean;
}

const names = (text: string): string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

function cuts(text: string): number[] {
  const values = names(text).map(Number);
  if (values.length === 0 || !values.every(Number.isFinite))
    throw new InvalidArgumentError('expected numbers, as 40,60');
  return values;
}

function bands(text: string, before: Record<string, number[]> = {}): Record<string, number[]> {
  const [, name, values] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('expected name=cuts, as age=40,60');
  return { ...before, [name.trim()]: cuts(values) };
}

export function biasCommand(program: Command): void {
  program
    .command('bias')
    .description('compare groups of patients: is the model as good for all of them?')
    .argument('<run>', 'folder of the run')
    .option(
      '--data <labels.csv>',
      "images, grades and attributes (the run's own, validation and test)",
    )
    .option('--by <names>', 'attributes, as sex,age,site (all)', names)
    .option('--age-bands <cuts>', 'bands of the column age, as 40,60 (thirds)', cuts)
    .option('--bands <name=cuts>', 'bands of another numeric column; may be repeated', bands)
    .option('--min-subjects <n>', 'smaller groups are named, not judged', positiveInteger, 20)
    .option('--draws <n>', 'bootstrap draws', positiveInteger, 1000)
    .option('--out <folder>', 'write bias.json and bias.html there')
    .addOption(new Option('--lang <language>', 'of the page').choices(LANGUAGES).default('en'))
    .option('--seed <n>', "seed of intervals and permutations (the run's own)", wholeNumber)
    .option('--fail-on-gap', 'exit code 3 where a gap was found')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  semise bias run --by sex,age --age-bands 40,60 --out run-bias',
    )
    .action(async (run: string, flags: Flags) => {
      if (flags.out) await refuseExisting(flags.out);
      const shown = progress('comparing groups', flags.json ?? false);
      const report = await biasOfRun(run, {
        data: flags.data,
        by: flags.by,
        bands: { ...flags.bands, ...(flags.ageBands && { age: flags.ageBands }) },
        minSubjects: flags.minSubjects,
        draws: flags.draws,
        seed: flags.seed,
      }).finally(shown.end);
      if (report.divisions.length === 0) {
        throw new InputError(
          `${report.data}: no column divides the images into groups; add columns such as site, age, sex`,
        );
      }
      if (flags.out) await write(flags.out, run, report, flags.lang);
      const { found } = findings(report);
      process.stdout.write(flags.json ? `${JSON.stringify(report)}\n` : told(report, flags.out));
      if (flags.failOnGap && found.length > 0) process.exitCode = EXIT.gap;
    });
}

async function write(out: string, run: string, report: RunBias, language: Language): Promise<void> {
  // Only now: the chart library takes longer to load than many a command runs.
  const { renderBias } = await import('../report/bias.js');
  await wholeFolder(out, async (folder) => {
    await writeJson(join(folder, 'bias.json'), report);
    await writeWhole(
      join(folder, 'bias.html'),
      renderBias(
        { run: basename(resolve(run)), created: new Date().toISOString(), report },
        language,
      ),
    );
  });
}

/** Lines of the table on the terminal; bias.json has all. */
const LINES = 12;

function told(report: RunBias, out: string | undefined): string {
  const { found, suspected } = findings(report);
  const { images, subjects, tests, trainedOn, divisions, minSubjects } = report;
  const small = divisions.flatMap(({ groups }) => groups.filter(({ judged }) => !judged)).length;
  const lines = [
    `${images} images of ${subjects} subjects${trainedOn > 0 ? `; ${trainedOn} left out that the run was trained on` : ''}`,
    `${tests.length} tests: ${found.length} gaps found (Holm), ${suspected.length} more worth a look (Benjamini-Hochberg)`,
    ...(small > 0 ? [`${small} groups of fewer than ${minSubjects} subjects were not judged`] : []),
  ];
  if (tests.length > 0) {
    const table = new Table({
      head: ['group', 'against', 'gap', 'difference', 'p', 'p (Holm)'],
      style: { head: [], border: [] },
    });
    // Single attributes first: the same gap shows by pairs, too.
    const order = [...found, ...suspected].toSorted(
      (a, b) => a.attributes.length - b.attributes.length,
    );
    const single = tests.filter(({ attributes }) => attributes.length === 1);
    for (const gap of [...new Set([...order, ...single])].slice(0, LINES)) table.push(row(gap));
    lines.push(table.toString());
  }
  for (const { attribute, measure, value, holm } of report.associations) {
    if (holm !== null && holm <= 0.05)
      lines.push(
        `in the training data ${attribute} went with the grade (${measure === 'cramersV' ? "Cramér's V" : 'Spearman'} ${value!.toFixed(2)}): a possible shortcut`,
      );
  }
  if (out) lines.push(`report: ${join(out, 'bias.html')}`);
  return `${lines.join('\n')}\n`;
}

function row({ attributes, group, against, aspect, rate, value, ci95, p, holm }: TestedGap) {
  const name = (values: readonly string[]) =>
    attributes.map((attribute, i) => `${attribute} ${values[i]}`).join(', ');
  const what = {
    score: 'score (SD)',
    error: 'error (grades)',
    odds: rate ? `called >${rate.k} where ${rate.side === 'above' ? '>' : '<='}${rate.k}` : '',
    calibration: 'calibration error',
  }[aspect];
  const number = (n: number | null) => n?.toFixed(3) ?? '-';
  const chance = (n: number | null) => (n !== null && n < 0.001 ? '<0.001' : number(n));
  return [
    name(group),
    against ? name(against) : 'the rest',
    what,
    `${number(value)}${ci95 ? ` [${ci95.map((end) => end.toFixed(2)).join(', ')}]` : ''}`,
    chance(p),
    chance(holm),
  ];
}
