// One run of the benchmark, from what its training may see to its row.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writePredictions } from '../evaluation/prediction.js';
import { RUN_FILES, type TrainHooks } from '../run/index.js';
import { reasonOf } from './failure.js';
import type { Plan } from './plan.js';
import { pretrainedEncoder } from './pretrained.js';
import type { Row } from './rows.js';
import { score } from './score.js';
import { type Shown, writeShown } from './shown.js';
import { trainOrResume } from './train-or-resume.js';

export interface CellOptions {
  /** Where run folders lie; the cell's is named by `plan.id`. */
  readonly runs: string;
  readonly threads?: number;
  /** Keep models, checkpoint and report; else only configuration, history and predictions stay. */
  readonly keep?: boolean;
}

export interface CellHooks extends TrainHooks {
  /** Before a training: what it is for. */
  readonly onTraining?: (what: 'pretraining' | 'run') => void;
}

/** What goes when a run is done: large, and made anew by the command that made it. */
const LARGE = [
  RUN_FILES.checkpoint,
  RUN_FILES.encoder,
  RUN_FILES.model,
  RUN_FILES.report,
  RUN_FILES.reportData,
];

/**
 * Trains and scores. A training that diverges, or that the method refuses to begin with these
 * images, is a result, too: a row with `error`.
 * @returns null where the signal stopped it
 */
export async function runCell(
  plan: Plan,
  options: CellOptions,
  hooks: CellHooks = {},
): Promise<Row | null> {
  const folder = join(options.runs, plan.id);
  const { cell, cohort, ties, pool } = plan;
  const shown = await writeShown(cohort, cell, join(folder, 'data'), { ties, pool });
  const common = rowStart(plan, shown, options.threads);
  const clock = stepClock();
  try {
    let init = plan.init;
    if (plan.pretrained) {
      hooks.onTraining?.('pretraining');
      init = await pretrainedEncoder(plan, options.runs, options.threads, hooks);
      if (init === null) return null;
    }
    hooks.onTraining?.('run');
    const run = join(folder, 'run');
    const { training } = plan;
    const result = await trainOrResume(
      {
        ...training,
        data: shown.labels,
        leakage: 'allow', // the cohort's splits have none, and a pool has no split
        ...(shown.comparisons && { comparisons: shown.comparisons }),
        ...(init && { init }),
        threads: options.threads,
        out: run,
      },
      clock.timed(hooks),
    );
    if (!result) return null;
    const { predictions, ...scored } = score(result.predictions, shown, cell.split);
    const seconds = clock.seconds(result.config.training.steps);
    await writePredictions(join(folder, 'predictions.csv'), predictions);
    if (!options.keep) {
      await Promise.all(LARGE.map((file) => rm(join(run, file), { force: true })));
    }
    return { ...common, ...scored, seconds };
  } catch (error) {
    const reason = reasonOf(error, folder, options.runs);
    const none = { metrics: null, confusion: [], n: 0, subjects: 0 };
    return { ...common, ...none, error: reason, seconds: clock.seconds(0) };
  }
}

function rowStart({ cell, config }: Plan, shown: Shown, threads?: number) {
  const { dataset, budget, comparisons, method, seed, ...conditions } = cell;
  const { grades, images, graded } = shown;
  return {
    ...{ dataset, budget, comparisons, method, seed, ...conditions },
    config: { ...config, threads: threads ?? null },
    ...{ images, graded, grades },
  };
}

/**
 * Seconds from the first step to the end. A run that went on from a checkpoint has done only some of
 * its steps here: its time is scaled to all of them.
 */
function stepClock() {
  const began = performance.now();
  let start = began;
  let first: number | undefined;
  let last = 0;
  return {
    timed: (hooks: TrainHooks): TrainHooks => ({
      ...hooks,
      onStart: (...args) => {
        start = performance.now();
        hooks.onStart?.(...args);
      },
      onStep: (record) => {
        first ??= record.step;
        last = record.step;
        hooks.onStep?.(record);
      },
    }),
    seconds: (steps: number): number => {
      const passed = (performance.now() - start) / 1000;
      const done = first === undefined ? steps : last - first + 1;
      return Math.round(10 * (done > 0 && steps > 0 ? (passed * steps) / done : passed)) / 10;
    },
  };
}
