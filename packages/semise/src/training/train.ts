// The training loop: draws batches, runs steps in the engine, keeps checkpoints.

import type { Engine, Feeds, NamedTensor, Runnable, Shape } from '@semise/autograd';
import { InputError } from '../errors.js';
import { AVERAGE } from './batch-graph.js';
import { drawBatch, type TrainingData } from './batches.js';
import { onlyData } from './checkpoint.js';
import type { TrainingConfig } from './config.js';
import { type GradedImage, holdOut } from './held-out.js';
import { learnPatchOrder, type PatchOrder } from './patch-order/index.js';
import { averageDecay, learningRateShare, phaseSteps } from './schedule.js';
import { methodOf, type StepPrograms, stepPrograms } from './step.js';

/** What a step did. */
export interface StepRecord {
  /** From 1. */
  readonly step: number;
  readonly steps: number;
  readonly phase: string;
  readonly learningRate: number;
  /** The total and each term. */
  readonly losses: Readonly<Record<string, number>>;
  /** Views through the encoder a second, since the start. */
  readonly imagesPerSecond: number;
}

/** Values of the variables with their shapes. */
export type TrainingState = Map<string, NamedTensor>;

export interface TrainingHooks {
  /** Before the first step, where an order of patches is learned (patch-order/): images described so far, of so many. */
  readonly onDescribed?: (done: number, total: number) => void;
  readonly onStep?: (record: StepRecord) => void;
  /** Called every `checkpointEvery` steps and at the end (also when stopped early). */
  readonly onCheckpoint?: (step: number, state: () => Promise<TrainingState>) => Promise<void>;
  readonly checkpointEvery?: number;
  /** Stops after the step under way. */
  readonly signal?: AbortSignal;
}

/** A training that cannot go on; the message names the step. */
export class TrainingError extends Error {
  override readonly name = 'TrainingError';
}

/** @param what became not a finite number, and how */
export const diverged = (
  config: Pick<TrainingConfig, 'learningRate'>,
  step: number,
  what: string,
): TrainingError =>
  new TrainingError(`step ${step}: ${what}; try a lower learning rate than ${config.learningRate}`);

/** A phase as the loop runs it. */
export interface LoopPhase {
  readonly name: string;
  readonly steps: number;
  readonly programs: () => StepPrograms;
  /** The inputs of one batch, beside the rates. @param step from 0, of all @param part of the step */
  readonly feeds: (step: number, part: number) => Feeds;
}

export type LoopConfig = Pick<
  TrainingConfig,
  'steps' | 'batch' | 'accumulate' | 'learningRate' | 'averageDecay'
>;

/**
 * Trains from `start` steps on (0 for a new training, that of a checkpoint to resume), with the
 * variables that the engine holds.
 * @returns steps done: all of them, or fewer if the signal stopped it
 * @throws TrainingError if a loss or a weight is not a finite number
 * @throws InputError if there are fewer steps than the method has phases, or nobody to judge a teacher by
 */
export async function train(
  config: TrainingConfig,
  data: TrainingData,
  engine: Engine,
  start: number,
  hooks: TrainingHooks = {},
): Promise<number> {
  const method = methodOf(config, data);
  // Only where a method judges its teacher are graded images spent on it.
  const judges = method.phases.some(({ plan }) => plan.held);
  const share = judges ? config.settings.heldShare : 0;
  const kept = { ...data, ...holdOut(data.graded, share, config.seed) };
  if (judges && kept.held.length === 0) {
    throw new InputError(
      'orderWeight: nobody can be held out to judge the teacher; a grade needs two graded subjects and heldShare must be above 0. Set orderWeight to 0',
    );
  }
  const order =
    method.guesses || method.answer === 'guided'
      ? await learnPatchOrder(
          config,
          kept,
          engine,
          [...data.graded.map(({ index }) => index), ...(method.guesses ? data.any : [])],
          hooks.onDescribed,
        )
      : undefined;
  const seen: TrainingData = order ? { ...kept, guess: order.guesses } : kept;
  const fixed = order ? averagesOf(order, data.graded) : new Map();
  await engine.write(onlyData(fixed));
  const phases = phaseSteps(method.phases, config.steps).map(([phase, steps]) => ({
    name: phase.name,
    steps,
    programs: () => stepPrograms(config, phase),
    feeds: (step: number, part: number) => drawBatch(config, seen, phase.plan, step, part),
  }));
  return runPhases(config, phases, engine, start, hooks, fixed);
}

/** The loop of `train`, for any steps. @param fixed what the state holds that no step changes */
export async function runPhases(
  config: LoopConfig,
  phases: readonly LoopPhase[],
  engine: Engine,
  start: number,
  hooks: TrainingHooks = {},
  fixed: TrainingState = new Map(),
): Promise<number> {
  const began = performance.now();
  const shapes = new Map<string, Shape>();
  const state = async (): Promise<TrainingState> => {
    const values = await engine.read([...shapes.keys()]);
    for (const [name, data] of values) {
      const bad = data.find((value) => !Number.isFinite(value));
      if (bad !== undefined) throw diverged(config, done, `the variable "${name}" became ${bad}`);
    }
    const trained = [...values].map(
      ([name, d]) => [name, { data: d, shape: shapes.get(name)! }] as const,
    );
    return new Map([...trained, ...fixed]);
  };
  let views = 0;
  let first = 0;
  let done = start;
  for (const phase of phases) {
    const { steps } = phase;
    const last = first + steps;
    // Also of the phases behind a resumed training: it still knows their variables.
    const programs = phase.programs();
    for (const program of [programs.batch, programs.apply]) {
      for (const [name, v] of Object.entries(program?.variables ?? {})) shapes.set(name, v.shape);
    }
    if (done < last) {
      const batch = await engine.load(programs.batch);
      const apply = programs.apply && (await engine.load(programs.apply));
      while (done < last && !hooks.signal?.aborted) {
        const within = done - first;
        const rates = {
          learningRate: config.learningRate * learningRateShare(within, steps),
          averageDecay: averageDecay(within, config.averageDecay),
          progress: within / steps,
        };
        const losses = await oneStep(config, phase, batch, apply, done, rates);
        done++;
        views += config.batch * config.accumulate;
        // The total comes first and says least.
        const bad = Object.entries(losses).findLast(([, value]) => !Number.isFinite(value));
        if (bad) {
          throw diverged(
            config,
            done,
            `the loss term "${bad[0]}" (${phase.name}) became ${bad[1]}`,
          );
        }
        hooks.onStep?.({
          step: done,
          steps: config.steps,
          phase: phase.name,
          learningRate: rates.learningRate,
          losses,
          imagesPerSecond: (views * 1000) / (performance.now() - began),
        });
        const due = done % (hooks.checkpointEvery ?? Number.POSITIVE_INFINITY) === 0;
        if (due && done < config.steps) await hooks.onCheckpoint?.(done, state);
      }
      await batch.release();
      await apply?.release();
    }
    if (hooks.signal?.aborted) break;
    first = last;
  }
  await hooks.onCheckpoint?.(done, state);
  return done;
}

async function oneStep(
  config: LoopConfig,
  phase: LoopPhase,
  batch: Runnable,
  apply: Runnable | undefined,
  step: number,
  rates: Record<string, number>,
): Promise<Record<string, number>> {
  const losses: Record<string, number> = {};
  for (let part = 0; part < config.accumulate; part++) {
    const feeds = phase.feeds(step, part);
    const results = await batch.run({ ...feeds, ...rates });
    for (const [name, value] of Object.entries(results)) {
      losses[name] = (losses[name] ?? 0) + Number(value[0]) / config.accumulate;
    }
  }
  await apply?.run(rates);
  return losses;
}

/** Where the state keeps what patches say of each graded image, out of fold [graded]. */
export const OUT_OF_FOLD = 'patch.outOfFold';

/** What answers, or cut points are fitted to, though no step trains it. */
export function averagesOf(
  { weights, outOfFold }: PatchOrder,
  graded: readonly GradedImage[],
): TrainingState {
  const data = Float32Array.from(graded, ({ index }) => outOfFold.get(index)!);
  const all = new Map(weights).set(OUT_OF_FOLD, { shape: [data.length], data });
  return new Map([...all].map(([name, tensor]) => [AVERAGE + name, tensor]));
}

const ENCODER = 'encoder.';

/** The averaged encoder, with torchvision's names. */
export const averagedEncoder = (state: ReadonlyMap<string, NamedTensor>): TrainingState =>
  new Map(
    [...averagedWeights(state)].flatMap(([name, t]) =>
      name.startsWith(ENCODER) ? [[name.slice(ENCODER.length), t] as const] : [],
    ),
  );

/** The names of averaged weights without their prefix: what a trained model answers with. */
export const averagedWeights = (state: ReadonlyMap<string, NamedTensor>): TrainingState =>
  new Map(
    [...state].flatMap(([name, t]) =>
      name.startsWith(AVERAGE) ? [[name.slice(AVERAGE.length), t] as const] : [],
    ),
  );
