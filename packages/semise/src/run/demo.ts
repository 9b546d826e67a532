// The demo: a phantom cohort, SEMISE on its few grades and comparisons, and beside it the same
// encoder supervised on the grades alone, with the same views, batches, schedule and steps.

import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { refuseExisting, writeWhole } from '../atomic.js';
import { type PhantomOptions, writePhantom } from '../data/phantom/index.js';
import type { TrainOptions } from './defaults.js';
import type { RunResult } from './finish.js';
import { type TrainHooks, trainRun } from './train.js';

export interface DemoOptions {
  readonly out: string;
  readonly seed: number;
  /** More rows: SEMISE without comparisons, as published, CORN, SimCLR, ConPrO. */
  readonly full: boolean;
  /** Instead of the demo's own: of the cohort, and of every training. */
  readonly cohort?: Partial<PhantomOptions>;
  readonly train?: Partial<TrainOptions>;
}

export interface DemoHooks extends TrainHooks {
  readonly onCohort?: (done: number, total: number) => void;
  /** Before each training: its name and how many there are. */
  readonly onRun?: (name: string, index: number, count: number) => void;
  readonly onResult?: (name: string, result: RunResult) => void;
}

/** Fewer than 5 % of the cohort's images carry a grade that training sees. */
const GRADED = 30;
const COMPARISONS = 200;
const WRONG = 0.1;
/** The same for both. */
const STEPS = 400;

/** @returns results by name, `semise` first; null if interrupted */
export async function runDemo(
  { out, seed, full, cohort: drawn, train }: DemoOptions,
  hooks: DemoHooks = {},
): Promise<Map<string, RunResult> | null> {
  const folder = resolve(out);
  await refuseExisting(out, 'remove it or give another --out');
  const cohort = await writePhantom({
    seed,
    graded: GRADED,
    comparisons: COMPARISONS,
    wrongComparisons: WRONG,
    ...drawn,
    out: join(folder, 'cohort'),
    onProgress: (done, total) => {
      hooks.signal?.throwIfAborted();
      hooks.onCohort?.(done, total);
    },
  }).catch(async (error) => {
    await rm(folder, { recursive: true, force: true }).catch(() => {});
    throw error;
  });
  const common = { data: cohort.labels, seed, views: 'fundus' as const, steps: STEPS };
  const comparisons = cohort.comparisons;
  const plans: Record<string, Partial<TrainOptions>> = {
    semise: { method: 'semise', comparisons },
    supervised: { method: 'supervised' },
    ...(full && {
      'semise-without-comparisons': { method: 'semise' },
      corn: { method: 'corn' },
      'semise-paper': { method: 'semise-paper' },
      simclr: { method: 'simclr' },
      conpro: { method: 'conpro' },
    }),
  };
  const results = new Map<string, RunResult>();
  for (const [name, plan] of Object.entries(plans)) {
    hooks.onRun?.(name, results.size, Object.keys(plans).length);
    const result = await trainRun({ ...common, ...train, ...plan, out: join(folder, name) }, hooks);
    if (!result) return null;
    results.set(name, result);
    hooks.onResult?.(name, result);
  }
  const { renderReport } = await import('../report/render.js');
  await writeWhole(
    join(folder, 'report.html'),
    renderReport(
      {
        title: {
          en: 'SEMISE on a phantom cohort, beside supervised learning',
          ja: 'ファントム画像における SEMISE と教師あり学習の比較',
        },
        created: new Date().toISOString(),
        runs: [...results].map(([name, { report }]) => ({ ...report, name })),
        limits: [
          {
            en: 'The images are drawn, not taken of patients: the figures say how the method works, not how it will do in a hospital.',
            ja: '画像は患者を撮影したものではなく、計算で描いたものです。成績は手法の働きを示すもので、病院での成績を示すものではありません。',
          },
        ],
      },
      hooks.report?.language,
    ),
  );
  return results;
}
