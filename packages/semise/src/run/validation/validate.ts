// External validation: a run against the images of another site, held against limits set before.

import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type ImageRecord, type Leakage, readManifest } from '../../data/index.js';
import {
  drawFigures,
  figureDifferences,
  figureEstimates,
  figureKeys,
  shownFigures,
} from '../../evaluation/acceptance/figures.js';
import { type GradeMix, gradeMix } from '../../evaluation/acceptance/grade-mix.js';
import {
  type AcceptanceLimits,
  limitsHash,
  type Stamp,
} from '../../evaluation/acceptance/limits.js';
import { type AcceptanceVerdict, judge, why } from '../../evaluation/acceptance/verdict.js';
import { evaluate } from '../../evaluation/evaluate.js';
import { type Prediction, readPredictions } from '../../evaluation/prediction.js';
import { random } from '../../random.js';
import { pictured, worstErrors } from '../../report/examples.js';
import type {
  People,
  ValidatedFigure,
  Validation,
  ValidationReport,
} from '../../report/validation/report-data.js';
import { RUN_FILES } from '../files.js';
import { gradedRows, withGradedFile } from '../graded-file.js';
import type { OpenRun } from '../predict.js';
import { VERSION } from '../version.js';
import { inputDrift } from './drift.js';
import { appendToLog, imageFingerprint, readLog } from './log.js';
import { attributesOf, peopleOf } from './people.js';
import { sharedWithRun } from './shared.js';
import { checkedStamp, modelHash, precedence, readLimits } from './stamp.js';

export interface ValidateOptions {
  /** labels.csv of the external images. */
  readonly data: string;
  /** Only the rows of this site, as the file's `site` column names it. */
  readonly site?: string;
  /** limits.json; without it there is no verdict. */
  readonly acceptance?: string;
  readonly skipBad?: boolean;
  /** What to do with pictures and subjects that the run has seen; they are refused unless told. */
  readonly leakage?: Leakage;
  /** Of the intervals; the run's own, unless told. */
  readonly seed?: number;
  readonly onDecode?: (done: number, total: number) => void;
}

/**
 * Validates a run on external images: every figure with its interval there, its difference from the run's own
 * test split, what else is different, and whether the acceptance limits are kept. The run's log
 * (`validations.jsonl`) is told that these images were opened.
 *
 * @throws InputError if the data, the limits or their stamp are wrong, or the data are not external
 */
export async function validateRun(
  folder: string,
  run: OpenRun,
  options: ValidateOptions,
): Promise<ValidationReport> {
  const { data, site, acceptance, leakage = 'refuse' } = options;
  const { training } = run.config;
  const { grades } = training;
  const seed = options.seed ?? training.seed;
  // What can be wrong with the user's files is said before anything is opened.
  const model = await modelHash(folder);
  const limits = acceptance === undefined ? null : await readLimits(acceptance);
  const stamp = limits && acceptance ? checkedStamp(acceptance, limits, model) : null;
  const asked = await gradedRows(run, { data, site });
  const { leaking, ...shared } = await sharedWithRun(folder, run, data, asked.rows, leakage);
  const leaveOut = (r: ImageRecord) => leakage === 'fix' && leaking.has(r.subject);
  const log = await readLog(folder);
  const own = await readPredictions(join(folder, RUN_FILES.predictions));
  const internal = own.filter((p) => p.split === 'test' && p.grade !== null);

  return withGradedFile(run, { ...options, leaveOut }, async (file) => {
    const { rows, predictions, fingerprint, skipped } = file;
    const byImage = new Map(rows.map((row) => [row.image, row]));
    const path = (image: string) => byImage.get(image)?.path ?? image;
    const images = rows.map((_, i) => imageFingerprint(file.pixels(i)));
    const mix = gradeMix(internal, predictions, { grades, seed });
    const figures = compared(predictions, internal, mix, grades, seed, training.seed);
    const verdict = limits && accepted(acceptance!, limits, predictions, byImage, grades, seed);
    await appendToLog(folder, {
      event: 'opened',
      date: new Date().toISOString(),
      command: 'validate',
      data: fingerprint,
      site: site ?? null,
      limits: limits && limitsHash(limits),
      images: images.join(''),
    });
    const validation: Validation = {
      verdict: verdict?.verdict ?? null,
      acceptance: limits &&
        verdict && {
          ...verdict,
          file: resolve(acceptance!),
          hash: limitsHash(limits),
          precedence: precedence(log, stamp as Stamp | null, images),
          why: verdict.limits.map((one) => why(one, verdict.fewestSubjects)),
        },
      semise: VERSION,
      created: new Date().toISOString(),
      run: {
        folder: resolve(folder),
        model,
        method: training.method,
        grades,
        trainedOn: run.config.data.file,
      },
      data: { file: resolve(data), fingerprint, site: site ?? null, skipped },
      seed,
      external: evaluate(predictions, { grades, seed }),
      internal: internal.length > 0 ? evaluate(internal, { grades, seed: training.seed }) : null,
      figures,
      gradeMix: mix,
      drift: await inputDrift(run, internal, { predictions, answers: file.answers, path }, seed),
      shared,
      people: { external: peopleOf(rows), internal: await peopleOfTest(run, internal) },
    };
    const failures = await pictured(worstErrors(predictions), { path });
    return { validation, predictions, internal, failures };
  });
}

function accepted(
  file: string,
  limits: AcceptanceLimits,
  predictions: readonly Prediction[],
  rows: ReadonlyMap<string, ImageRecord>,
  grades: number,
  seed: number,
): AcceptanceVerdict {
  const attributes = (image: string) => attributesOf(rows.get(image) as ImageRecord);
  return judge(predictions, attributes, limits, { grades, seed }, file);
}

/** Every figure on both sets. The test split's own intervals are those of the run's report. */
function compared(
  external: readonly Prediction[],
  internal: readonly Prediction[],
  mix: GradeMix | null,
  grades: number,
  seed: number,
  runSeed: number,
): ValidatedFigure[] {
  const there = drawFigures(external, { grades, seed });
  const outside = shownFigures(figureEstimates(there));
  if (internal.length === 0) {
    return figureKeys(grades).map((figure) => ({
      figure,
      external: outside[figure],
      internal: null,
      internalAtExternalMix: null,
      difference: null,
    }));
  }
  const inside = shownFigures(figureEstimates(drawFigures(internal, { grades, seed: runSeed })));
  // Another stream than the external draws', whatever the seeds are.
  const other = random(seed, 'internal test').integer(2 ** 31);
  const differences = figureDifferences(there, drawFigures(internal, { grades, seed: other }));
  const atMix = mix?.weights
    ? shownFigures(
        figureEstimates(drawFigures(internal, { grades, seed: other, gradeWeights: mix.weights })),
      )
    : null;
  return figureKeys(grades).map((figure) => ({
    figure,
    external: outside[figure],
    internal: inside[figure],
    internalAtExternalMix: atMix?.[figure] ?? null,
    difference: differences[figure],
  }));
}

/** Null where the file that the run was trained with is no longer there. */
async function peopleOfTest(run: OpenRun, test: readonly Prediction[]): Promise<People | null> {
  const { file } = run.config.data;
  if (
    !(await access(file).then(
      () => true,
      () => false,
    ))
  )
    return null;
  const images = new Set(test.map((p) => p.image));
  try {
    const { records } = await readManifest(file);
    return peopleOf(records.filter((r) => images.has(r.image)));
  } catch {
    return null;
  }
}
