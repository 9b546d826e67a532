// semise segment: outlines of lesions, from few masks.

import type { Command } from 'commander';
import { segmentBenchmarkCommand } from './segment-benchmark.js';
import { segmentEvaluateCommand } from './segment-evaluate.js';
import { segmentPredictCommand } from './segment-predict.js';
import { segmentTrainCommand } from './segment-train.js';

export function segmentCommand(program: Command): void {
  const segment = program
    .command('segment')
    .description('outline lesions: train on few masks, evaluate, predict');
  segmentTrainCommand(segment);
  segmentEvaluateCommand(segment);
  segmentPredictCommand(segment);
  segmentBenchmarkCommand(segment);
}
