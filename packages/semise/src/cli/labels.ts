// semise labels: how far graders agree, and which labels to look at again.

import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { refuseExisting, wholeFolder } from '../atomic.js';
import type { Judge } from '../evaluation/label-quality/index.js';
import type { LabelCheck } from '../report/labels/render.js';
import { LANGUAGES, type Language } from '../report/language.js';
import {
  type CheckedLabels,
  checkLabels,
  LABEL_FILES,
  openRun,
  writeLabelCheck,
} from '../run/index.js';
import { wholeNumber } from './parse.js';
import { progress } from './progress.js';
import { estimate } from './table.js';

interface Flags {
  readonly data?: string;
  readonly comparisons?: string;
  readonly ratings?: string;
  readonly out?: string;
  readonly lang: Language;
  readonly skipBad?: boolean;
  readonly seed?: number;
  readonly json?: boolean;
}

export function labelsCommand(program: Command): void {
  program
    .command('labels')
    .description(
      'agreement of graders, doubtful grades and comparisons, and a list to look at again',
    )
    .argument('[run]', 'folder of a run, to judge grades and comparisons with')
    .option('--data <labels.csv>', "images and grades (the run's own)")
    .option('--comparisons <file>', "which of two images is worse (the run's own)")
    .option(
      '--ratings <file>',
      'grades of several people: image, rater, grade; or image, grade_NAME ...',
    )
    .option('--out <folder>', 'write labels.json, relabel.csv and labels.html there')
    .addOption(
      new Option('--lang <language>', 'of the page and the list').choices(LANGUAGES).default('en'),
    )
    .option('--skip-bad', 'go on without images that cannot be read')
    .option('--seed <n>', "seed of intervals and folds (the run's own)", wholeNumber)
    .option('--json', 'print what was found as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  semise labels run --out labels-checked\n  semise labels --ratings ratings.csv',
    )
    .action(async (folder: string | undefined, flags: Flags) => {
      if (flags.out) await refuseExisting(flags.out);
      const checked = await check(folder, flags);
      if (flags.out) {
        await wholeFolder(flags.out, (out) => writeLabelCheck(out, checked, flags.lang));
      }
      const { skipped } = checked;
      if (skipped.length > 0) process.stderr.write(`skipped ${skipped.length} unreadable images\n`);
      process.stdout.write(
        flags.json
          ? `${JSON.stringify(checked.check)}\n`
          : `${lines(checked.check, flags.out).join('\n')}\n`,
      );
    });
}

async function check(folder: string | undefined, flags: Flags): Promise<CheckedLabels> {
  if (folder === undefined) return checkLabels(flags);
  const shown = progress('grading', flags.json ?? false);
  const opened = await openRun(folder);
  try {
    return await checkLabels({
      ...flags,
      run: { folder, opened },
      onDecode: (done, total) => shown.count('reading images', done, total),
    });
  } finally {
    shown.end();
    await opened.close();
  }
}

const JUDGES: Record<Judge, string> = {
  model: 'not seen by training, judged by the model',
  probe: "seen by training, judged by other subjects' grades",
};

/** What was found, for people. */
function lines({ agreement, grades, comparisons, relabel }: LabelCheck, out?: string): string[] {
  const found: string[] = [];
  if (agreement) {
    const { raters, shared, subjects, overall, repeats } = agreement;
    found.push(
      `${raters} raters, ${shared} images of ${subjects} subjects graded by two or more: ` +
        `same ${estimate(overall.exact)}, within one ${estimate(overall.withinOne)}, ` +
        `alpha ordinal ${estimate(overall.alphaOrdinal)}, mean quadratic kappa ${estimate(overall.meanKappaQuadratic)}`,
    );
    for (const { rater, images, exact, kappaQuadratic } of repeats)
      found.push(
        `${rater}, ${images} grades given again: same ${estimate(exact)}, quadratic kappa ${estimate(kappaQuadratic)}`,
      );
  }
  for (const { judge, images, wrong, suspects } of grades?.judgements ?? [])
    found.push(
      `${images} grades ${JUDGES[judge]}: about ${Math.round(wrong)} wrong, ${suspects.length} named`,
    );
  if (grades?.judgements.length === 0)
    found.push('no grade could be judged: too few, or a model without probabilities');
  if (comparisons) {
    const { answers, contradictions, cyclic, cycles, againstGrades, againstModel } = comparisons;
    found.push(
      `${answers} comparisons: ${contradictions.length} pairs answered both ways, ${cyclic.answers} answers on circles ` +
        `(${cycles.length} shortest listed), ${againstGrades.length} against the grades, ${againstModel.length} against a model that is sure`,
    );
  }
  const more = out ? `: ${join(out, LABEL_FILES.relabel)}` : '; --out FOLDER writes the list';
  found.push(`${relabel.length} to look at again${relabel.length > 0 ? more : ''}`);
  return found;
}
