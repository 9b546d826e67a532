// The report of a run, written anew: in another language, with another card.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { exists, writeJson, writeWhole } from '../atomic.js';
import { InputError } from '../errors.js';
import { METRICS } from '../evaluation/measure.js';
import { readPredictions } from '../evaluation/prediction.js';
import type { Card } from '../report/card.js';
import type { Language } from '../report/language.js';
import type { ReportData, RunReport } from '../report/report-data.js';
import type { SegmentationReport } from '../report/segmentation/report-data.js';
import { cardOf } from './card.js';
import { RUN_FILES } from './files.js';
import { readLog, type ValidationLog } from './validation/log.js';

/** How a report is written; no setting of the training. */
export interface ReportOptions {
  /** English unless told. */
  readonly language?: Language;
  /** Kept with the run. */
  readonly card?: Card;
}

const text = z.union([z.string(), z.object({ en: z.string(), ja: z.string() })]);
const number = z.number().nullable();
const split = z.enum(['train', 'validation', 'test']);
const estimate = z.looseObject({
  value: number,
  ci95: z.tuple([z.number(), z.number()]).nullable(),
});
/** Of a metric that the version which finished the run did not know. */
const UNKNOWN = { value: null, ci95: null };
const metrics = z.looseObject({
  ...Object.fromEntries(METRICS.map((name) => [name, estimate.default(UNKNOWN)])),
  confusion: z.array(z.array(z.number())),
  n: z.number(),
  subjects: z.number(),
  perClass: z.array(
    z.looseObject({
      grade: z.number(),
      n: z.number(),
      precision: number,
      recall: number,
      f1: number,
    }),
  ),
});
const counts = z.looseObject({
  split,
  grade: number,
  images: z.number(),
  subjects: z.number(),
  graded: z.number(),
});

/** What every report needs; sections that not every run has pass as they are. */
const runSchema = z.looseObject({
  name: z.string(),
  method: z.string(),
  config: z.record(z.string(), z.unknown()),
  seed: z.number(),
  data: z.looseObject({
    file: z.string(),
    fingerprint: z.string(),
    counts: z.array(counts),
    subjects: z.looseObject({
      train: z.number(),
      validation: z.number(),
      test: z.number(),
      inMoreThanOne: z.number(),
    }),
    skipped: z.array(z.looseObject({ image: z.string(), reason: z.string() })),
  }),
  history: z.array(
    z.looseObject({
      step: z.number(),
      phase: z.string(),
      losses: z.record(z.string(), z.number()),
    }),
  ),
  validation: z.array(
    z.looseObject({ step: z.number(), macroF1: number, qwk: number, spearman: number }),
  ),
  metrics: z.looseObject({ validation: metrics.optional(), test: metrics.optional() }),
  /** Places on the map, in the order of predictions.csv. */
  embedding: z.array(z.tuple([z.number(), z.number()])),
  examples: z.array(
    z.looseObject({
      image: z.string(),
      grade: number,
      predicted: z.number(),
      score: z.number(),
      thumbnail: z.string(),
    }),
  ),
  timings: z.looseObject({ seconds: z.number(), imagesPerSecond: z.number() }),
  environment: z.looseObject({
    semise: z.string(),
    node: z.string(),
    cpu: z.string(),
    provider: z.string(),
  }),
});

const gradingSchema = z.looseObject({
  task: z.literal('grading'),
  title: text,
  created: z.string(),
  limits: z.array(text).optional(),
  run: runSchema,
});

const segmentationSchema = z.looseObject({
  task: z.literal('segmentation'),
  created: z.string(),
  config: z.record(z.string(), z.unknown()),
  command: z.string(),
  split,
  metrics: z.looseObject({ n: z.number(), subjects: z.number() }).nullable(),
  burdens: z.array(z.looseObject({ image: z.string(), burden: z.number() })),
  data: z.array(z.looseObject({ split, images: z.number(), subjects: z.number() })),
  examples: z.array(z.looseObject({ image: z.string(), picture: z.string() })),
  environment: z.string(),
});

const storedSchema = z.discriminatedUnion('task', [gradingSchema, segmentationSchema]);

/** Four digits place a point to a hundredth of its width on paper. */
const rounded = (value: number): number => Number(value.toPrecision(4));

/**
 * Keeps what the report of one run shows, in report.json. Predictions are in predictions.csv already; the
 * card has its own file.
 */
export function storeReport(folder: string, data: Omit<ReportData, 'runs'>, run: RunReport) {
  const { predictions: _, card: __, ...kept } = run;
  return writeJson(join(folder, RUN_FILES.reportData), {
    task: 'grading',
    ...data,
    run: { ...kept, embedding: run.embedding.map(({ x, y }) => [rounded(x), rounded(y)]) },
  });
}

export function storeSegmentationReport(folder: string, report: SegmentationReport) {
  const burdens = report.burdens.map(({ image, subject, grade, burden, score }) => ({
    image,
    subject,
    grade,
    burden,
    score,
    measures: null,
  }));
  return writeJson(join(folder, RUN_FILES.reportData), {
    task: 'segmentation',
    ...report,
    burdens,
  });
}

/** @throws InputError if the folder holds no finished run, or report.json is not what semise wrote */
async function readStored(folder: string): Promise<z.infer<typeof storedSchema>> {
  const file = join(folder, RUN_FILES.reportData);
  const content = await readFile(file, 'utf8').catch(async () => {
    const finished = await exists(join(folder, RUN_FILES.report));
    throw new InputError(
      finished
        ? `${folder}: has no ${RUN_FILES.reportData}, as an earlier version finished it; train the run again with this version`
        : `${folder}: has no report yet; give the folder of a finished run`,
    );
  });
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch {
    throw new InputError(`${file}: not valid JSON; train the run again`);
  }
  const parsed = storedSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError(
    `${file}: field ${issue.path.join('.')}: ${issue.message}; train the run again with this version`,
  );
}

/** What the report of a finished run of grading shows. @throws InputError as told above */
async function reportOfRun(
  folder: string,
  stored: z.infer<typeof gradingSchema>,
): Promise<ReportData> {
  const { task: _, run, ...data } = stored;
  const predictions = await readPredictions(join(folder, RUN_FILES.predictions));
  if (run.embedding.length > 0 && run.embedding.length !== predictions.length) {
    throw new InputError(
      `${join(folder, RUN_FILES.predictions)}: has ${predictions.length} rows where the run had ${run.embedding.length}; restore it`,
    );
  }
  const embedding = run.embedding.map(([x, y], i) => {
    const { image, grade, score } = predictions[i];
    return { image, grade, score, x, y };
  });
  const card = await cardOf(folder);
  // What the schema lets pass unseen is what this version's own `storeReport` wrote.
  const validations = validationsOf(await readLog(folder));
  const whole = { ...run, predictions, embedding, card, validations } as unknown as RunReport;
  return { ...data, runs: [whole] };
}

function validationsOf({ entries, whole }: ValidationLog): RunReport['validations'] {
  if (entries.length === 0 && whole) return undefined;
  return {
    stamped: entries.flatMap((e) =>
      e.event === 'stamped' ? [{ date: e.date, limits: e.limits }] : [],
    ),
    opened: entries.flatMap((e) => {
      if (e.event !== 'opened') return [];
      const { date, command, data, site } = e;
      return [{ date, command, data, site }];
    }),
    whole,
  };
}

/**
 * Writes the report of a finished run anew.
 * @param folder of the run; a card given is kept there from now on
 * @param out file of the report; that of the run, unless told
 * @returns where it is
 * @throws InputError if the folder holds no finished run
 */
export async function rewriteReport(
  folder: string,
  { language = 'en', card }: ReportOptions = {},
  out = join(folder, RUN_FILES.report),
): Promise<string> {
  const stored = await readStored(folder);
  if (stored.task === 'segmentation') {
    if (card) {
      throw new InputError(
        `${folder}: is a segmentation, whose report has no card; leave --card out`,
      );
    }
    const { renderSegmentationReport } = await import('../report/segmentation/render.js');
    const report = stored as unknown as SegmentationReport;
    await writeWhole(out, renderSegmentationReport(report, language));
    return out;
  }
  if (card) await writeJson(join(folder, RUN_FILES.card), card);
  const { renderReport } = await import('../report/render.js');
  await writeWhole(out, renderReport(await reportOfRun(folder, stored), language));
  return out;
}
