// Maps of why a model gives an image its severity score: by gradients, through the model's explanation
// graph, and by occlusion, which needs nothing but scores.

import type { Engine } from '@semise/autograd';
import {
  baselineOf,
  exportExplanation,
  GRADIENT_METHODS,
  type GradientMethod,
  loadOnnx,
  type TrainedModel,
} from '../tasks/index.js';
import { inARow } from '../training/index.js';
import { occlusionMap } from './occlusion.js';
import type { Scores } from './scores.js';

export const MAP_METHODS = [...GRADIENT_METHODS, 'occlusion'] as const;
export type MapMethod = (typeof MAP_METHODS)[number];

/** Why an image has its score. */
export interface Explanation {
  readonly score: number;
  /** The score of what the image is compared with. */
  readonly baselineScore: number;
  /** By method [S, S]: positive = raises the score. */
  readonly maps: Readonly<Partial<Record<MapMethod, Float32Array>>>;
}

export interface Explainer {
  /** What images are compared with [C, S, S], 0..255. */
  readonly baseline: Uint8Array;
  /** Pixels a side. */
  readonly side: number;
  explain(image: Uint8Array): Promise<Explanation>;
  release(): Promise<void>;
}

export interface ExplainerOptions {
  /** All that the model allows, unless told. */
  readonly methods?: readonly MapMethod[];
  /** The model's mean healthy image, unless told. */
  readonly baseline?: Uint8Array;
  readonly scores: Scores;
  /** Pixels a side of an image. */
  readonly side: number;
}

/**
 * Makes a model ready to explain.
 * @throws InputError if gradients are asked for and the encoder has none
 */
export async function openExplainer(
  engine: Engine,
  model: TrainedModel,
  { methods = MAP_METHODS, scores, side, ...options }: ExplainerOptions,
): Promise<Explainer> {
  const baseline = options.baseline ?? baselineOf(model);
  const byGradient = methods.filter((m): m is GradientMethod => m !== 'occlusion');
  const graph =
    byGradient.length > 0
      ? await loadOnnx(
          engine,
          exportExplanation(model, {}, { methods: byGradient, baseline }),
          model.config,
          ['score', 'baseline_score', ...byGradient],
        )
      : undefined;
  return {
    baseline,
    side,
    explain: async (image) => {
      const maps: Partial<Record<MapMethod, Float32Array>> = {};
      let [score, baselineScore] = [Number.NaN, Number.NaN];
      if (graph) {
        const said = await graph.run({ image: inARow([image]) });
        [score, baselineScore] = [Number(said.score[0]), Number(said.baseline_score[0])];
        for (const method of byGradient) maps[method] = said[method] as Float32Array;
      } else [score, baselineScore] = await scores([image, baseline]);
      if (methods.includes('occlusion'))
        maps.occlusion = await occlusionMap(image, baseline, side, scores);
      return { score, baselineScore, maps };
    },
    release: async () => {
      await graph?.release();
    },
  };
}
