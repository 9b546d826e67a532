// Where a model's variables come from: named like torchvision's, initialised by seed and name.
//
// A model is a function that takes a scope and an input and returns tensors. The scope hands out
// variables by name (the same name twice is the same variable: weights are shared), notes what they
// are, and collects the running statistics that a training step must update.

import {
  type Shape,
  size,
  type Tensor,
  type Update,
  type Variable,
  variable,
} from '@semise/autograd';
import { type Random, random } from '../random.js';

export type Initializer = (random: Random, shape: Shape) => Float32Array;

export interface Scope {
  /** Batch statistics and dropout when training, running statistics otherwise. */
  readonly training: boolean;
  /** A trainable weight. */
  weight(name: string, shape: Shape, initializer: Initializer): Variable;
  /** A value that is kept but not optimised. */
  statistic(name: string, shape: Shape, initial: number): Variable;
  /**
   * What a method remembers from step to step (a queue, a threshold). Checkpointed as everything, but
   * not averaged: no answer is read with it.
   */
  memory(name: string, shape: Shape, initial: number): Variable;
  /** What a statistic or a memory becomes after this step. Ignored unless training. */
  update(statistic: Variable, next: Tensor): void;
  /** The scope whose names begin with `name.`. */
  within(name: string): Scope;
}

export interface RootScope extends Scope {
  /** Weights handed out so far, in order. */
  readonly weights: readonly Variable[];
  /** Statistics, memories not among them. */
  readonly statistics: readonly Variable[];
  readonly updates: readonly Update[];
}

/**
 * @param prefix put before all names: `average.` reads the moving averages of the weights
 */
export function rootScope(options: {
  readonly seed: number;
  readonly training: boolean;
  readonly prefix?: string;
}): RootScope {
  const { seed, training, prefix = '' } = options;
  const known = new Map<string, Variable>();
  const memories = new Set<Variable>();
  const updates: Update[] = [];

  const make = (name: string, build: () => Variable): Variable => {
    const made = known.get(name) ?? build();
    known.set(name, made);
    return made;
  };
  const kept = (path: string, shape: Shape, initial: number): Variable =>
    make(path, () => variable(prefix + path, shape, initial, { trainable: false }));
  const scope = (path: string): Scope => ({
    training,
    weight: (name, shape, initializer) =>
      make(path + name, () =>
        variable(prefix + path + name, shape, () =>
          initializer(random(seed, 'init', path + name), shape),
        ),
      ),
    statistic: (name, shape, initial) => kept(path + name, shape, initial),
    memory: (name, shape, initial) => {
      const memory = kept(path + name, shape, initial);
      memories.add(memory);
      return memory;
    },
    update: (statistic, next) => {
      if (training) updates.push([statistic, next]);
    },
    within: (name) => scope(`${path}${name}.`),
  });
  return {
    ...scope(''),
    get weights() {
      return [...known.values()].filter((v) => v.trainable);
    },
    get statistics() {
      return [...known.values()].filter((v) => !v.trainable && !memories.has(v));
    },
    updates,
  };
}

/** Names of variables whose values are known: none is drawn at random only to be replaced. */
export function trainedScope(prefix = ''): Scope {
  const known = (scope: Scope): Scope => ({
    ...scope,
    weight: (name, shape) => scope.weight(name, shape, constantly(0)),
    within: (name) => known(scope.within(name)),
  });
  return known(rootScope({ seed: 0, training: false, prefix }));
}

/** Normal with the given standard deviation. */
export const normal =
  (deviation: number): Initializer =>
  (r, shape) =>
    drawn(shape, () => r.normal(0, deviation));

export const constantly =
  (value: number): Initializer =>
  (_, shape) =>
    new Float32Array(size(shape)).fill(value);

/** He et al. (arXiv 1502.01852), fan-out, as torchvision's ResNets. @param shape [out, in, kh, kw] */
export const kaiming: Initializer = (r, shape) =>
  normal(Math.sqrt(2 / (shape[0] * size(shape.slice(2)))))(r, shape);

/** Uniform within 1 / sqrt(fan-in), as PyTorch's linear layers. @param shape [out, in] */
export const fanInUniform: Initializer = (r, shape) => {
  const bound = 1 / Math.sqrt(shape[1]);
  return drawn(shape, () => r.uniform(-bound, bound));
};

/** Not Float32Array.from: of 11 million weights it takes a second longer. */
function drawn(shape: Shape, draw: () => number): Float32Array {
  const values = new Float32Array(size(shape));
  for (let i = 0; i < values.length; i++) values[i] = draw();
  return values;
}
