// A whole step of SEMISE: views in the graph, two of each image, every loss of the paper at once
// (NT-Xent, healthy-anomaly contrast, preferences of grades and of comparisons), AdamW with clipping
// and the moving average of the weights. Random numbers and pixels are drawn before the clock starts.

import type { Tensor } from '@semise/autograd';
import {
  DEFAULT_SETTINGS,
  drawBatch,
  METHODS,
  type Phase,
  stepPrograms,
  type TrainingConfig,
  type TrainingData,
  trainingDefaults,
} from 'semise';
import { random } from '../../../packages/semise/dist/random.js';
import type { Case } from '../cases.js';
import { trainFlops, weightCount } from '../graph.js';
import type { Prepare } from './work.js';

const IMAGES = 256;
const DRAWN = 8;

export const semiseStep: Prepare = async (c, engine) => {
  const config = configOf(c);
  const start = performance.now();
  const { phase, losses } = joint(config);
  const { batch: program } = stepPrograms(config, phase);
  const runnable = await engine.load(program);
  const buildMs = performance.now() - start;

  const data = randomData(config);
  const feeds = Array.from({ length: DRAWN }, (_, i) => drawBatch(config, data, phase.plan, i));
  const { learningRate, averageDecay } = config;
  let count = 0;
  return {
    step: async () => {
      const batch = feeds[count++ % DRAWN];
      const out = await runnable.run({ ...batch, learningRate, averageDecay, progress: 0 });
      return Number(out.loss[0]);
    },
    parameters: weightCount(losses),
    flops: trainFlops(losses),
    buildMs,
  };
};

function configOf(c: Case): TrainingConfig {
  return {
    ...trainingDefaults({ data: '', out: '', encoder: c.network, method: 'semise-paper' }),
    batch: 2 * c.batch,
    imageSize: c.size,
    channels: 3,
    grades: c.classes,
    views: 'fundus',
    pixels: { mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25] },
  };
}

/** The two phases of the paper as one; `losses` are its terms once the step has been compiled. */
function joint(config: TrainingConfig): { phase: Phase; losses: Tensor[] } {
  const counts = Array<number>(config.grades).fill(1);
  const context = { batch: config.batch, comparisons: 1, grades: config.grades, counts };
  const [first, second] = METHODS['semise-paper'](context, DEFAULT_SETTINGS).phases;
  const losses: Tensor[] = [];
  const terms: Phase['terms'] = (scope, batch) => {
    const both = { ...first.terms(scope, batch), ...second.terms(scope, batch) };
    losses.push(...Object.values(both).map(({ value }) => value));
    return both;
  };
  return { phase: { ...second, name: 'joint', terms }, losses };
}

function randomData({ channels, imageSize, grades }: TrainingConfig): TrainingData {
  const r = random(1, 'bench', 'data');
  const length = channels * imageSize ** 2;
  const pixels = Array.from({ length: IMAGES }, () =>
    Uint8Array.from({ length }, () => r.integer(256)),
  );
  return {
    read: (index) => pixels[index],
    subject: (index) => index,
    graded: pixels.map((_, index) => ({ index, grade: index % grades, subject: index })),
    any: pixels.map((_, index) => index),
    comparisons: [{ more: 0, less: 1, weight: 1, tie: false }],
  };
}
