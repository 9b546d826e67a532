// The training of a segmentation: the same loop as for grading, with other batches and steps.

import type { Engine } from '@semise/autograd';
import { type LoopPhase, runPhases, type TrainingHooks } from '../train.js';
import { drawSegmentationBatch, type SegmentationData } from './batches.js';
import type { SegmentationConfig } from './config.js';
import { segmentationStep } from './step.js';

/**
 * Trains from `start` steps on, with the variables that the engine holds.
 * @returns steps done: all of them, or fewer if the signal stopped it
 * @throws TrainingError if a loss or a weight is not a finite number
 */
export function trainSegmentation(
  config: SegmentationConfig,
  data: SegmentationData,
  engine: Engine,
  start: number,
  hooks: TrainingHooks = {},
): Promise<number> {
  const phase: LoopPhase = {
    name: config.settings.consistency > 0 ? 'masks and consistency' : 'masks',
    steps: config.steps,
    programs: () => segmentationStep(config),
    feeds: (step, part) => drawSegmentationBatch(config, data, step, part),
  };
  return runPhases(config, [phase], engine, start, hooks);
}
