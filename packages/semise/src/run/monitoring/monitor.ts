// A week's images against the reference of a run: is what comes in still what the model was tested on?

import { createHash } from 'node:crypto';
import { basename, join } from 'node:path';
import { writeWhole } from '../../atomic.js';
import { readManifest } from '../../data/index.js';
import { InputError } from '../../errors.js';
import { ewmaChart } from '../../evaluation/monitoring/chart.js';
import { compareBatch } from '../../evaluation/monitoring/compare.js';
import type { HistoryEntry, Reason } from '../../evaluation/monitoring/entry.js';
import {
  type PerformanceDrift,
  performanceDrift,
} from '../../evaluation/monitoring/performance.js';
import { type Prediction, readPredictions } from '../../evaluation/prediction.js';
import type { Language } from '../../report/language.js';
import type { MonitoringExample } from '../../report/monitoring/data.js';
import { RUN_FILES } from '../files.js';
import { type OpenRun, openRun } from '../predict.js';
import { examplesOf } from './examples.js';
import { monitoringFiles } from './files.js';
import { appendHistory, HASH, readHistory } from './history.js';
import { type Observed, observe } from './observe.js';
import { buildProfile, type Profile, readProfile } from './profile.js';
import { sampled } from './sample.js';

export interface MonitorOptions {
  /** labels.csv of the batch: a week, say. `grade` may be empty. */
  readonly data: string;
  /** What the charts call it; the file's name without its ending, unless told. */
  readonly name?: string;
  /** Go on without images that cannot be read. */
  readonly skipBad?: boolean;
  /** Of monitoring.html. */
  readonly language?: Language;
  readonly onDecode?: (done: number, total: number) => void;
}

export interface Monitored {
  readonly verdict: 'quiet' | 'alarm' | 'not judged';
  /** Why it is not judged, or that it was judged before; null otherwise. */
  readonly note: string | null;
  /** Of this batch; null where it is not judged. */
  readonly entry: HistoryEntry | null;
  readonly skipped: readonly string[];
  /** monitoring.html; null where nothing has been judged yet. */
  readonly page: string | null;
}

/**
 * Judges a batch and keeps the verdict in the run folder. The reference is built at first use. An
 * image counts once, however often it is given.
 *
 * @throws InputError for whatever of the user's files cannot be used
 */
export async function monitorRun(folder: string, options: MonitorOptions): Promise<Monitored> {
  const files = monitoringFiles(folder);
  const manifest = await readManifest(options.data);
  if (manifest.records.length === 0)
    throw new InputError(`${options.data}: no image; there is nothing to judge`);
  const run = await openRun(folder);
  try {
    const profile = (await readProfile(folder)) ?? (await buildProfile(folder, run, options));
    const history = await readHistory(files.history);
    const records = sampled([...manifest.records], run.config.training.seed);
    const { observed, skipped } = await observe(run, manifest, records, options);
    if (observed.length === 0)
      throw new InputError(`${options.data}: none of its images can be read; mend some`);
    const content = contentOf(observed);
    const again = history.find((entry) => entry.content === content);
    if (again) {
      // The page shows the newest batch: only that one can be drawn again, in another language, say.
      if (again === history.at(-1)) {
        const examples = await examplesOf(profile, observed, again);
        await showPage(folder, run, profile, history, examples, options.language);
      }
      const note = `judged before, as ${again.name} on ${again.date.slice(0, 10)}; not counted again`;
      return { verdict: again.verdict, note, entry: again, skipped, page: files.page };
    }
    const entry = await judge(folder, run, profile, history, observed, {
      name: options.name ?? basename(options.data).replace(/\.[^.]+$/, ''),
      content,
    });
    if (typeof entry === 'string')
      return { verdict: 'not judged', note: entry, entry: null, skipped, page: null };
    await appendHistory(files.history, entry);
    const examples = await examplesOf(profile, observed, entry);
    const page = await showPage(
      folder,
      run,
      profile,
      [...history, entry],
      examples,
      options.language,
    );
    const old = entry.drift ? observed.length - entry.drift.images : 0;
    const note = old > 0 ? `${old} images were judged in earlier batches and left out` : null;
    return { verdict: entry.verdict, note, entry, skipped, page };
  } finally {
    await run.close();
  }
}

/** Of images, subjects and grades, in whatever order: labels.csv of two weeks may read the same. */
function contentOf(observed: readonly Observed[]): string {
  const rows = observed.map(({ sha256, subject, grade }) => `${sha256} ${grade} ${subject}`);
  return createHash('sha256').update(rows.sort().join('\n')).digest('hex');
}

/** @returns the entry, or why there is none */
async function judge(
  folder: string,
  run: OpenRun,
  profile: Profile,
  history: readonly HistoryEntry[],
  observed: readonly Observed[],
  { name, content }: { name: string; content: string },
): Promise<HistoryEntry | string> {
  const { falseAlarms, minSubjects } = profile;
  const { seed } = run.config.training;
  const before = new Set(history.flatMap(({ seen }) => seen));
  const fresh = observed.filter(({ sha256 }) => !before.has(sha256.slice(0, HASH)));
  const subjects = new Set(fresh.map(({ subject }) => subject)).size;
  const performance = await judgePerformance(folder, run, profile, observed);
  if (fresh.length > 0 && subjects < minSubjects)
    return `${subjects} subjects${fresh.length < observed.length ? ' with new images' : ''}; ${minSubjects} are needed to tell drift from chance: give these images again with the next batch's`;
  if (fresh.length === 0 && !performance)
    return `all its images were judged before, and fewer than ${minSubjects} of its subjects are graded`;

  const told = new Set(fresh.flatMap(({ metadata }) => Object.keys(metadata)));
  const drift =
    fresh.length > 0
      ? compareBatch(profile.observed, fresh, {
          metadata: profile.metadata.filter((field) => told.has(field.name)),
          falseAlarms: falseAlarms / 2,
          seed,
        })
      : null;
  const judged = [...history.map((entry) => entry.drift), drift].filter((one) => one !== null);
  const trend =
    drift &&
    ewmaChart(
      judged,
      new Set(profile.observed.map(({ subject }) => subject)).size,
      falseAlarms / 2,
    ).at(-1)!;
  const reasons: Reason[] = [];
  if (drift && drift.score > 1) reasons.push('batch');
  if (trend !== null && trend > 1) reasons.push('trend');
  if (performance && performance.p <= falseAlarms) reasons.push('performance');
  return {
    name,
    date: new Date().toISOString(),
    content,
    verdict: reasons.length > 0 ? 'alarm' : 'quiet',
    reasons,
    drift,
    trend,
    performance,
    missing: profile.metadata.filter((field) => !told.has(field.name)).map((field) => field.name),
    seen: fresh.map(({ sha256 }) => sha256.slice(0, HASH)),
  };
}

/** Null where the batch or the internal test has too few graded subjects. */
async function judgePerformance(
  folder: string,
  run: OpenRun,
  { minSubjects }: Profile,
  observed: readonly Observed[],
): Promise<PerformanceDrift | null> {
  const { grades, seed } = run.config.training;
  const predictions = await readPredictions(join(folder, RUN_FILES.predictions));
  const test = predictions.filter((p) => p.split === 'test' && p.grade !== null);
  const graded = observed
    .filter(({ grade }) => grade !== null)
    .map(({ image, subject, grade, predicted, score, probabilities }): Prediction => {
      return { image, subject, split: 'test', grade, predicted, score, probabilities };
    });
  const enough = [test, graded].every(
    (rows) => new Set(rows.map(({ subject }) => subject)).size >= minSubjects,
  );
  return enough ? performanceDrift(test, graded, { grades, seed }) : null;
}

async function showPage(
  folder: string,
  run: OpenRun,
  profile: Profile,
  history: readonly HistoryEntry[],
  examples: readonly MonitoringExample[],
  language: Language = 'en',
): Promise<string> {
  const { page } = monitoringFiles(folder);
  // Only now: the chart library takes longer to load than many a command runs.
  const { renderMonitoring } = await import('../../report/monitoring/page.js');
  const { falseAlarms, minSubjects, source, created } = profile;
  await writeWhole(
    page,
    renderMonitoring(
      {
        run: folder,
        method: run.config.training.method,
        reference: {
          source,
          created,
          images: profile.observed.length,
          subjects: new Set(profile.observed.map(({ subject }) => subject)).size,
          metadata: profile.metadata.map(({ name }) => name),
        },
        falseAlarms,
        minSubjects,
        history,
        examples,
      },
      language,
    ),
  );
  return page;
}

/** Builds the reference ahead of the first batch. @throws as `buildProfile` */
export async function initMonitoring(
  folder: string,
  options: Parameters<typeof buildProfile>[2],
): Promise<Profile> {
  const run = await openRun(folder);
  try {
    return await buildProfile(folder, run, options);
  } finally {
    await run.close();
  }
}
