// A few explained images for a run's report: from mild to severe, and the worst error.

import type { Engine } from '@semise/autograd';
import type { Prediction } from '../evaluation/prediction.js';
import { type MapMethod, openExplainer, openScores } from '../explanation/index.js';
import { ELSEWHERE } from '../models/index.js';
import type { ExplainedImage } from '../report/report-data.js';
import type { TrainedModel } from '../tasks/index.js';
import type { RunConfig } from './config.js';
import type { Dataset } from './dataset.js';
import { type Drawable, drawn } from './explain.js';

/** Images spaced over the order of the score. */
const SPACED = 4;
/** Quick ones: occlusion takes hundreds of passes. */
const METHODS: readonly MapMethod[] = ['gradcam', 'integrated'];

/** Of the test split, of all where it is empty; none of a run whose encoder has no gradients. */
export async function explainedExamples(
  engine: Engine,
  config: RunConfig,
  model: TrainedModel,
  dataset: Dataset,
  predictions: readonly Prediction[],
): Promise<ExplainedImage[]> {
  if (config.training.encoder === ELSEWHERE) return [];
  const test = predictions.filter(({ split }) => split === 'test');
  const chosen = choose(test.length > 0 ? test : predictions);
  const indexOf = new Map(dataset.manifest.records.map(({ image }, i) => [image, i]));
  const { scores, release } = await openScores(engine, model);
  const explainer = await openExplainer(engine, model, {
    methods: METHODS,
    scores,
    side: config.training.imageSize,
  });
  const images: Drawable[] = [];
  for (const prediction of chosen) {
    const index = indexOf.get(prediction.image) as number;
    images.push({
      ...prediction,
      picture: dataset.manifest.records[index].path,
      explanation: await explainer.explain(dataset.cache.read(index)),
    });
  }
  await explainer.release();
  await release();
  return drawn(images, METHODS, config.data.fit);
}

/** Evenly spaced over the order of the score, and the graded image that is furthest off. */
function choose(of: readonly Prediction[]): (Prediction & { worstError?: boolean })[] {
  const sorted = [...of].sort((a, b) => a.score - b.score);
  const shown = Math.min(SPACED, sorted.length);
  const spaced = Array.from(
    { length: shown },
    (_, i) => sorted[Math.round((i * (sorted.length - 1)) / Math.max(1, shown - 1))],
  );
  const error = ({ grade, predicted }: Prediction) =>
    grade === null ? 0 : Math.abs(predicted - grade);
  const worst = sorted.reduce<Prediction | null>(
    (most, p) => (error(p) > (most ? error(most) : 0) ? p : most),
    null,
  );
  return [
    ...spaced.filter(({ image }) => image !== worst?.image),
    ...(worst ? [{ ...worst, worstError: true }] : []),
  ];
}
