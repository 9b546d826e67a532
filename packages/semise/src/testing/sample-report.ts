// For tests: the report of a run that never was.

import { evaluate } from '../evaluation/evaluate.js';
import type { Prediction, Split } from '../evaluation/prediction.js';
import { random } from '../random.js';
import { type RunReport, subjectsPerSplit } from '../report/report-data.js';

/** One pixel, as a picture that travels in a page. */
export const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGD4DwABBAEAX+XDSwAAAABJRU5ErkJggg==';

/** A run whose score knows the grade up to `noise`. */
export function sampleRun(name: string, noise: number, grades = 4): RunReport {
  const stream = random(1, name);
  const shared = random(1, 'cohort');
  const predictions = Array.from({ length: 260 }, (_, i): Prediction => {
    const grade = Math.floor(grades * shared.uniform() ** 1.6);
    const score = grade + noise * stream.normal();
    const predicted = Math.min(grades - 1, Math.max(0, Math.round(score)));
    const split: Split = i < 200 ? 'test' : 'validation';
    const weights = Array.from({ length: grades }, (_, k) => Math.exp(-((score - k) ** 2)));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return {
      image: `images/p${i >> 1}_${i % 2}.png`,
      subject: `p${i >> 1}`,
      split,
      grade,
      predicted,
      score,
      probabilities: weights.map((weight) => weight / total),
    };
  });
  const of = (split: Split) => predictions.filter((p) => p.split === split);
  const steps = Array.from({ length: 600 }, (_, i) => i + 1);
  return {
    name,
    method: `${name} on 10 grades a class`,
    config: {
      ...{
        encoder: 'small',
        imageSize: 64,
        channels: 3,
        fit: 'letterbox',
        grades,
        method: 'semise',
      },
      ...{ views: 'fundus', viewStrength: 1, steps: 600, batch: 64, accumulate: 1, init: null },
      ...{ optimizer: 'adamw', learningRate: 0.002, weightDecay: 0.05, averageDecay: 0.99 },
      labelBudget: 10,
      settings: { sampling: 'balanced', tau: 0.5 },
      noise,
    },
    seed: 1,
    data: {
      file: 'demo/cohort/labels.csv',
      fingerprint: 'sha256:3f1c0d2a9b8e',
      counts: (['train', 'validation', 'test'] as const).flatMap((split) =>
        [0, 1, 2, 3, null].map((grade) => ({
          split,
          grade,
          images: 80 - 15 * (grade ?? 2),
          subjects: 40 - 7 * (grade ?? 2),
          graded: split === 'train' && grade !== null ? 10 : 0,
        })),
      ),
      subjects: subjectsPerSplit([
        ...predictions,
        ...Array.from({ length: 300 }, (_, i) => ({
          subject: `t${i >> 1}`,
          split: 'train' as const,
        })),
      ]),
      duplicates: {
        ...{ checked: true, pictures: 560, groups: 3, alike: 7 },
        ...{ acrossSplits: 1, moved: 2, left: 0 },
      },
      sites: [
        { site: 'A', images: 300, subjects: 150 },
        { site: 'B', images: 260, subjects: 130 },
      ],
      attributes: ['age', 'sex'],
      skipped: [{ image: 'images/broken.jpg', reason: 'truncated JPEG' }],
    },
    history: steps.map((step) => ({
      step,
      phase: step <= 200 ? 'self-supervised' : 'preference',
      losses: {
        ntxent: 2.4 * Math.exp(-step / 250) + 1.1 + 0.12 * stream.normal(),
        ...(step <= 200
          ? { healthyAnomaly: 0.3 * Math.exp(-step / 80) + 0.05 + 0.02 * stream.normal() }
          : { preference: 0.4 * Math.exp(-(step - 200) / 150) + 0.25 + 0.04 * stream.normal() }),
      },
    })),
    validation: [100, 200, 300, 400, 500, 600].map((step) => ({
      step,
      macroF1: 0.3 + step / 2000,
      qwk: 0.35 + step / 1500,
      spearman: step === 100 ? null : 0.4 + step / 1600,
    })),
    metrics: {
      validation: evaluate(of('validation'), { grades, seed: 1, draws: 200 }),
      test: evaluate(of('test'), { grades, seed: 1, draws: 200 }),
    },
    predictions,
    embedding: predictions.map(({ image, grade, score }, i) => ({
      image,
      grade: i % 6 === 0 ? null : grade,
      score,
      x: score + 0.4 * stream.normal(),
      y: 0.7 * stream.normal() + 0.2 * score ** 2,
    })),
    examples: of('test')
      .sort((a, b) => a.score - b.score)
      .filter((_, i) => i % 17 === 0)
      .map(({ image, grade, predicted, score }, i) => ({
        image,
        grade,
        predicted,
        score,
        thumbnail: i === 3 ? '' : PIXEL,
      })),
    timings: { seconds: 143, imagesPerSecond: 412 },
    environment: {
      ...{ semise: '0.1.0', node: '20.20.0', cpu: 'AMD EPYC, 2 cores', provider: 'cpu' },
      runtime: '1.30.0',
    },
    command: 'semise train --data demo/cohort/labels.csv --seed 1',
    model: {
      ...{ file: 'model.onnx', sha256: '9b'.repeat(32), bytes: 4_900_000, parameters: 1_230_000 },
      input: 'uint8 [N, 3, 64, 64], RGB, 0..255',
    },
  };
}
