// Random numbers for tests: the same seed gives the same numbers.

import { type Shape, size } from '../graph.js';
import type { NamedTensor } from '../safetensors.js';

/** Uniform numbers in [0, 1) (mulberry32). */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A tensor of uniform numbers in [low, high). */
export function values(seed: number, shape: Shape, low = -1.5, high = 1.5): NamedTensor {
  const next = uniform(seed);
  return {
    shape,
    data: Float32Array.from({ length: size(shape) }, () => low + (high - low) * next()),
  };
}

/**
 * A tensor of numbers in random order, each at least `gap` from any other and `gap` / 2 from zero,
 * so that a small step never changes which is the largest, nor a sign.
 */
export function distinct(seed: number, shape: Shape, gap = 0.1): NamedTensor {
  const next = uniform(seed);
  const n = size(shape);
  const data = Float32Array.from({ length: n }, (_, i) => (i - Math.floor(n / 2) + 0.5) * gap);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [data[i], data[j]] = [data[j], data[i]];
  }
  return { shape, data };
}

/** A tensor of whole numbers in [low, high], with many ties. */
export function integers(seed: number, shape: Shape, low: number, high: number): NamedTensor {
  const { data } = values(seed, shape, low, high + 1);
  return { shape, data: data.map(Math.floor) };
}
