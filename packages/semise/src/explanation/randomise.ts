// Models that have lost what they learnt (Adebayo et al., arXiv 1810.03292): a map that stays the same then
// says nothing about the model.

import type { NamedTensor } from '@semise/autograd';
import { random } from '../random.js';
import type { TrainedModel } from '../tasks/index.js';

/** The parts of a model from the answer down to the image; a model loses them in this order. */
export const PARTS = ['head', 'layer4', 'layer3', 'layer2', 'layer1', 'stem'] as const;
export type Part = (typeof PARTS)[number];

const partOf = (name: string): Part => {
  if (!name.startsWith('encoder.')) return 'head';
  const layer = /^encoder\.(layer[1-4])\./.exec(name)?.[1];
  return (layer as Part | undefined) ?? 'stem';
};

/**
 * The model with the weights of a part and of all before it shuffled, each tensor within itself: their
 * sizes stay what training made them, and all that it put where is lost.
 */
export function shuffledDownTo(model: TrainedModel, part: Part, seed: number): TrainedModel {
  const lost = new Set<Part>(PARTS.slice(0, PARTS.indexOf(part) + 1));
  const weights = new Map<string, NamedTensor>(
    [...model.weights].map(([name, tensor]) => [
      name,
      lost.has(partOf(name)) ? { ...tensor, data: shuffled(tensor.data, seed, name) } : tensor,
    ]),
  );
  return { ...model, weights };
}

function shuffled(values: Float32Array, seed: number, name: string): Float32Array {
  const r = random(seed, 'shuffled weights', name);
  const all = Float32Array.from(values);
  for (let i = all.length - 1; i > 0; i--) {
    const j = r.integer(i + 1);
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}
