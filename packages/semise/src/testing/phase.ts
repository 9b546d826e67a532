// For tests: one phase of a method as a graph over a real batch of the tiny data.

import { add, mul, type Tensor } from '@semise/autograd';
import type { Batch, MethodName, MethodSettings, Phase, Term } from '../methods/index.js';
import { DEFAULT_SETTINGS } from '../methods/index.js';
import { type RootScope, rootScope } from '../models/index.js';
import {
  type BatchFeeds,
  batchGraph,
  drawBatch,
  holdOut,
  methodOf,
  type TrainingConfig,
  type TrainingData,
} from '../training/index.js';
import { tinyConfig, tinyData } from './training.js';

export interface PhaseGraph {
  readonly phase: Phase;
  readonly root: RootScope;
  readonly batch: Batch;
  readonly terms: Readonly<Record<string, Term>>;
  readonly loss: Tensor;
  readonly feeds: BatchFeeds;
}

export interface PhaseOptions {
  readonly settings?: Partial<MethodSettings>;
  readonly config?: Partial<TrainingConfig>;
  /** False: as if nothing had been compared. */
  readonly compared?: boolean;
  /** How much of the phase is done. */
  readonly progress?: number;
}

/** The phases of a method, each over a batch of its own. */
export function phaseGraphs(method: MethodName, options: PhaseOptions = {}): PhaseGraph[] {
  const { compared = true, progress = 0.5 } = options;
  const config = tinyConfig({
    method,
    batch: 16,
    settings: { ...DEFAULT_SETTINGS, ...options.settings },
    ...options.config,
  });
  const all = tinyData(config.channels, config.imageSize);
  const data: TrainingData = {
    ...all,
    ...holdOut(all.graded, config.settings.heldShare, config.seed),
    comparisons: compared ? all.comparisons : [],
    guess: new Map(all.any.map((index) => [index, index % 7])),
  };
  return methodOf(config, data).phases.map((phase) => {
    const root = rootScope({ seed: 1, training: true });
    const batch = batchGraph({ ...config, seed: 1 }, phase, root);
    const terms = phase.terms(root, batch);
    const loss = Object.values(terms)
      .map(({ value, weight }) => mul(value, weight))
      .reduce((total, term) => add(total, term));
    const feeds = {
      ...drawBatch(config, data, phase.plan, 0),
      progress: Float32Array.of(progress),
    };
    return { phase, root, batch, terms, loss, feeds };
  });
}
