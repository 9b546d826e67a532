// For tests: a task that is easy to learn and cannot be guessed. A bright spot on grey noise, the larger
// the worse; few of the images are graded.

import { type Engine, openEngine } from '@semise/autograd';
import { evaluate, type Metrics } from '../evaluation/evaluate.js';
import type { Prediction } from '../evaluation/prediction.js';
import { random } from '../random.js';
import { exportOnnx, finishModel, gradeImages, loadOnnx } from '../tasks/index.js';
import {
  type TrainingConfig,
  type TrainingData,
  type TrainingState,
  train,
} from '../training/index.js';
import { tinyConfig } from './training.js';

const GRADES = 3;
const GRADED = 5; // images a grade
const TRAIN = 60;
const TEST = 45;

const OUTPUTS = ['probabilities', 'grade', 'score', 'embedding'];

const gradeOf = (index: number): number => index % GRADES;

/** Pixels of any image, `side` across: its grade is its number modulo 3. */
function draw(index: number, side: number): Uint8Array {
  const r = random(index, 'spot');
  const [x, y] = [r.uniform(0.3, 0.65) * side, r.uniform(0.3, 0.65) * side];
  const radius = ((1 + 1.7 * gradeOf(index) + r.uniform(0, 0.4)) * side) / 16;
  return Uint8Array.from({ length: side * side }, (_, i) => {
    const inside = Math.hypot((i % side) - x, Math.floor(i / side) - y) < radius;
    return (inside ? 170 : 70) + r.integer(40);
  });
}

/** Two images a subject; the first of each grade are graded, and 40 pairs are compared. */
export function spotData(side: number): TrainingData {
  const any = [...Array(TRAIN).keys()];
  const subject = (index: number): number => index % (TRAIN / 2);
  const r = random(0, 'spot comparisons');
  const pairs = Array.from({ length: 200 }, () => [r.pick(any), r.pick(any)] as const);
  return {
    read: (index) => draw(index, side),
    subject,
    any,
    graded: any
      .slice(0, GRADED * GRADES)
      .map((index) => ({ index, grade: gradeOf(index), subject: subject(index) })),
    comparisons: pairs
      .filter(([a, b]) => gradeOf(a) > gradeOf(b))
      .slice(0, 40)
      .map(([more, less]) => ({ more, less, weight: 1, tie: false })),
  };
}

export const spotConfig = (changes: Partial<TrainingConfig>): TrainingConfig =>
  tinyConfig({ seed: 1, batch: 16, steps: 60, viewStrength: 0.3, averageDecay: 0.9, ...changes });

/** Trains on the spots, and grades images that training never saw. */
export async function scoreOnSpots(config: TrainingConfig): Promise<Metrics> {
  const data = spotData(config.imageSize);
  const engine = await openEngine({ threads: 1 });
  try {
    let state: TrainingState = new Map();
    await train(config, data, engine, 0, {
      onCheckpoint: async (_, read) => {
        state = await read();
      },
    });
    return await scoreModel(config, data, engine, state);
  } finally {
    await engine.close();
  }
}

async function scoreModel(
  config: TrainingConfig,
  data: TrainingData,
  engine: Engine,
  state: TrainingState,
): Promise<Metrics> {
  const model = await finishModel(config, data, engine, state);
  const loaded = await loadOnnx(engine, exportOnnx(model, {}), config, OUTPUTS);
  const test = Array.from({ length: TEST }, (_, i) => 1000 + i);
  const answers = await gradeImages(loaded, test, data.read);
  const predictions = answers.map(
    ({ grade, score, probabilities }, i): Prediction => ({
      image: `${test[i]}`,
      subject: `${test[i]}`,
      split: 'test',
      grade: gradeOf(test[i]),
      predicted: grade,
      score,
      probabilities,
    }),
  );
  return evaluate(predictions, { grades: GRADES, seed: 0, draws: 0 });
}
