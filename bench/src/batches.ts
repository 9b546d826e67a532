// Random batches, drawn before the clock starts: a few of them, used in turn.

import { type Program, size, type TensorData } from '@semise/autograd';
import { random } from '../../packages/semise/dist/random.js';

const COUNT = 4;

/** Feeds of `images` (standard normal) and of `labels` or `masks`, as the program asks for them. */
export function batches(inputs: Program['inputs'], classes: number): Record<string, TensorData>[] {
  return Array.from({ length: COUNT }, (_, i) => {
    const r = random(1, 'bench', i);
    const feeds: Record<string, TensorData> = {};
    for (const [name, { shape }] of Object.entries(inputs)) {
      const length = size(shape);
      if (name === 'images') feeds[name] = Float32Array.from({ length }, () => r.normal());
      if (name === 'labels') feeds[name] = Int32Array.from({ length }, () => r.integer(classes));
      if (name === 'masks') feeds[name] = Float32Array.from({ length }, () => r.integer(2));
    }
    return feeds;
  });
}
