// Severity scores of images: all that methods without gradients know of a model.

import type { Engine } from '@semise/autograd';
import { batches, exportOnnx, loadOnnx, type TrainedModel } from '../tasks/index.js';

/** Severity scores of images [C, S, S], 0..255. */
export type Scores = (images: readonly Uint8Array[]) => Promise<number[]>;

/** The scores of a model that takes images itself. Release it when done. */
export async function openScores(
  engine: Engine,
  model: TrainedModel,
): Promise<{ scores: Scores; release: () => Promise<void> }> {
  const loaded = await loadOnnx(engine, exportOnnx(model, {}), model.config, ['score']);
  return {
    scores: async (images) => {
      const all: number[] = [];
      for await (const { fed } of batches([...images.keys()], (i) => images[i])) {
        const { score } = await loaded.run(fed);
        for (const value of score) all.push(Number(value));
      }
      return all;
    },
    release: () => loaded.release(),
  };
}
