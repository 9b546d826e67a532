// semise sample-size: how many external subjects an interval of a given width needs.

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import Table from 'cli-table3';
import { type Command, Option } from 'commander';
import { InputError } from '../errors.js';
import {
  AT_A_GRADE,
  FIGURES,
  type FigureName,
  figureKey,
  figureKeys,
  figureName,
} from '../evaluation/acceptance/figures.js';
import { type Prediction, readPredictions } from '../evaluation/prediction.js';
import { subjectsFromPilot } from '../evaluation/sample-size/pilot.js';
import { subjectsForProportion } from '../evaluation/sample-size/proportion.js';
import { RUN_FILES } from '../run/index.js';
import { atLeastOne, positiveInteger, positiveNumber, share, wholeNumber } from './parse.js';

interface Flags {
  readonly width: number;
  readonly metric?: FigureName;
  readonly grade?: number;
  readonly pilot?: string;
  readonly expected: number;
  readonly imagesPerSubject: number;
  readonly icc: number;
  readonly share: number;
  readonly seed: number;
  readonly json?: boolean;
}

/** What is a share of images, so that a closed form knows its interval. */
const PROPORTIONS: ReadonlySet<FigureName> = new Set(['accuracy', 'sensitivity', 'specificity']);

export function sampleSizeCommand(program: Command): void {
  program
    .command('sample-size')
    .description('how many external subjects a 95 % interval of a given width needs')
    .requiredOption(
      '--width <w>',
      'full width of the interval, as 0.1 for 0.75 to 0.85',
      positiveNumber,
    )
    .addOption(new Option('--metric <name>', 'of which figure (all with a pilot)').choices(FIGURES))
    .option('--grade <g>', 'of sensitivity or specificity: ill from this grade on', positiveInteger)
    .option('--pilot <file>', 'a run, or a predictions.csv, on subjects like those to come')
    .option('--expected <p>', 'without a pilot: the share expected', share, 0.5)
    .option('--images-per-subject <m>', 'without a pilot: mean images of a subject', atLeastOne, 1)
    .option('--icc <r>', "without a pilot: likeness of a subject's images, 0 to 1", share, 0.5)
    .option('--share <s>', 'without a pilot: share of images that count, as of the ill', share, 1)
    .option('--seed <n>', 'of the simulation', wholeNumber, 1)
    .option('--json', 'print the numbers as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  semise sample-size --width 0.1 --pilot run --metric macroF1' +
        '\n  semise sample-size --width 0.1 --metric sensitivity --expected 0.85 --share 0.3',
    )
    .action(async (flags: Flags) => {
      if (flags.pilot === undefined) byClosedForm(flags);
      else await byPilot(flags, flags.pilot);
    });
}

function byClosedForm(flags: Flags): void {
  const { width, metric = 'accuracy', expected, imagesPerSubject, icc, share, json } = flags;
  if (!PROPORTIONS.has(metric)) {
    throw new InputError(
      `--metric ${metric}: no closed form; give --pilot, a run or predictions.csv on subjects like those to come`,
    );
  }
  const size = subjectsForProportion({ width, expected, imagesPerSubject, icc, share });
  process.stdout.write(
    json
      ? `${JSON.stringify({ metric, width, expected, ...size })}\n`
      : `${size.subjects} subjects (${size.images} images) for a 95 % interval of ${metric} no wider than ${width}, at ${expected}\n` +
          `design effect ${size.designEffect.toFixed(2)}\n`,
  );
}

async function byPilot(flags: Flags, pilot: string): Promise<void> {
  const { width, metric, grade, seed, json } = flags;
  const { predictions, grades } = await readPilot(pilot);
  if (metric && AT_A_GRADE.has(metric) && grade === undefined) {
    throw new InputError(`--metric ${metric}: from which grade on? give --grade`);
  }
  const key = metric && figureKey(metric, AT_A_GRADE.has(metric) ? grade : undefined);
  if (key && !figureKeys(grades).includes(key)) {
    throw new InputError(`--grade ${grade}: the pilot knows grades 0 to ${grades - 1}`);
  }
  const figures = subjectsFromPilot(predictions, {
    width,
    grades,
    seed,
    ...(key && { figures: [key] }),
  });
  if (json) {
    process.stdout.write(`${JSON.stringify({ width, figures })}\n`);
    return;
  }
  const table = new Table({
    head: ['', 'in the pilot', 'its width', 'subjects', 'images', 'design effect', 'width then'],
    style: { head: [], border: [] },
  });
  for (const { figure, value, pilotWidth, needed } of figures) {
    const cells = [value?.toFixed(3), pilotWidth?.toFixed(3), needed?.subjects, needed?.images];
    const rest = [needed?.designEffect.toFixed(2), needed?.simulatedWidth.toFixed(3)];
    table.push([figureName(figure), ...[...cells, ...rest].map((cell) => cell ?? '-')]);
  }
  const subjects = new Set(predictions.map((p) => p.subject)).size;
  process.stdout.write(
    `For a 95 % interval no wider than ${width}, from a pilot of ${subjects} subjects:\n${table}\n`,
  );
}

/** The test split of a run, or all rows of a table of predictions. */
async function readPilot(pilot: string): Promise<{ predictions: Prediction[]; grades: number }> {
  const isFolder = await stat(pilot).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const all = await readPredictions(isFolder ? join(pilot, RUN_FILES.predictions) : pilot);
  const predictions = all.filter((p) => p.grade !== null && (!isFolder || p.split === 'test'));
  if (predictions.length === 0) {
    throw new InputError(
      `${pilot}: no graded prediction${isFolder ? ' of the test split' : ''}; give another pilot`,
    );
  }
  const seen = Math.max(...predictions.flatMap((p) => [p.grade as number, p.predicted])) + 1;
  return { predictions, grades: Math.max(2, predictions[0].probabilities.length || seen) };
}
