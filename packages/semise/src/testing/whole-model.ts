// For tests: whole networks compared with PyTorch. Weights and images are worked out by both sides from a
// hash (models/fixtures/make_goldens.py is the other one), and a tensor is compared by a few numbers.

import assert from 'node:assert/strict';
import {
  type Engine,
  type EngineOptions,
  input,
  openEngine,
  size,
  type Tensor,
  type Variable,
} from '@semise/autograd';
import { softmaxHead } from '../models/heads.js';
import { ENCODERS, type EncoderName } from '../models/resnet.js';
import { constantly, type RootScope, rootScope, type Scope } from '../models/scope.js';
import { hashed } from './hashed.js';

export const GRADES = 5;

export interface Classifier {
  readonly root: RootScope;
  readonly features: Tensor;
  readonly logits: Tensor;
}

/** Torchvision's classifier: an encoder and a linear layer. */
export function classifier(
  encoder: EncoderName,
  shape: readonly number[],
  training: boolean,
): Classifier {
  const root = rootScope({ seed: 1, training });
  const scope = blank(root);
  const { features } = ENCODERS[encoder](scope.within('encoder'), input('images', shape));
  return { root, features, logits: softmaxHead(scope, features, GRADES) };
}

/** A scope whose weights nobody need draw: they are written later, or never used. */
export function blank(root: RootScope): Scope {
  const within = (scope: Scope): Scope => ({
    ...scope,
    weight: (name, shape) => scope.weight(name, shape, constantly(0)),
    within: (name) => within(scope.within(name)),
  });
  return within(root);
}

export const torchvisionName = ({ name }: Variable): string =>
  name.replace(/^encoder\./, '').replace(/^softmax\./, 'fc.');

/** The value of a tensor, by the formula of make_goldens.py. */
function tensorValue(model: string, name: string, shape: readonly number[]): Float32Array {
  const last = model === 'resnet50' ? 'bn3' : 'bn2';
  const value = ((): ((unit: number) => number) => {
    if (shape.length === 4) {
      const bound = Math.sqrt(6 / (shape[0] * shape[2] * shape[3]));
      return (unit) => unit * bound;
    }
    if (name.startsWith('fc.')) return (unit) => unit / 32;
    if (/(weight|running_var)$/.test(name)) {
      const scale = name.endsWith(`${last}.weight`) ? 0.2 : 1;
      return (unit) => (1 + 0.2 * unit) * scale;
    }
    if (name.endsWith('bias')) {
      const shift = name.includes(`.${last}.`) || name.includes('downsample') ? 0 : 0.5;
      return (unit) => 0.1 * unit + shift;
    }
    return (unit) => 0.1 * unit;
  })();
  return new Float32Array(hashed(name, size(shape)).map(value));
}

/** The values of all weights and statistics, by our names. */
export const valuesFor = (root: RootScope, model: string): Map<string, Float32Array> =>
  new Map(
    [...root.weights, ...root.statistics].map((v) => [
      v.name,
      tensorValue(model, torchvisionName(v), v.shape),
    ]),
  );

export const batch = (name: string, shape: readonly number[]): Float32Array =>
  new Float32Array(hashed(name, size(shape)).map((unit) => 1.7 * unit));

export const labels = (count: number, step: number): Int32Array =>
  Int32Array.from({ length: count }, (_, i) => (3 * i + step) % GRADES);

/** What stands for a tensor: its norm, its product with hashed numbers, and four entries. */
export type Picture = [norm: number, probe: number, ...entries: number[]];

/** As many hashed numbers as the largest tensor of any model has. */
const PROBE = hashed('probe', 512 * 512 * 9);

function picture(values: Float32Array): Picture {
  let squares = 0;
  let probe = 0;
  for (let i = 0; i < values.length; i++) {
    squares += values[i] ** 2;
    probe += values[i] * PROBE[i];
  }
  const n = values.length;
  const places = [0, Math.floor(n / 3), Math.floor((2 * n) / 3), n - 1];
  return [Math.sqrt(squares), probe, ...places.map((i) => values[i])];
}

/** How far norm and product are from the golden's, relative to its norm. */
export function distance(values: Float32Array, expected: readonly number[]): number {
  const [norm, probe] = picture(values);
  return Math.max(Math.abs(norm - expected[0]), Math.abs(probe - expected[1])) / expected[0];
}

export interface Tolerance {
  /** Of the norm, and of the product with hashed numbers, relative to the norm. */
  readonly whole: number;
  /** Of an entry: share of itself, and of a typical entry of the tensor. */
  readonly entry: readonly [number, number];
}

/** The product with hashed numbers sees every entry, its place and its sign. */
export function agree(
  values: Float32Array,
  expected: readonly number[],
  what: string,
  t: Tolerance,
): void {
  const [norm, probe, ...entries] = picture(values);
  const [norm2, probe2, ...entries2] = expected;
  const typical = norm2 / Math.sqrt(values.length);
  const check = (part: string, a: number, e: number, tolerance: number) =>
    assert.ok(Math.abs(a - e) <= tolerance, `${what}: ${part} is ${a}, PyTorch says ${e}`);
  check('the norm', norm, norm2, t.whole * norm2);
  check('the product with hashed numbers', probe, probe2, t.whole * norm2);
  entries2.forEach((e, i) => {
    check(`entry ${i}`, entries[i], e, t.entry[0] * Math.abs(e) + t.entry[1] * typical);
  });
}

export const near = (actual: number, expected: number, tolerance: number, what: string): void =>
  assert.ok(
    Math.abs(actual - expected) <= tolerance * Math.abs(expected),
    `${what} is ${actual}, PyTorch says ${expected}`,
  );

export async function withEngine<T>(
  work: (engine: Engine) => Promise<T>,
  options: EngineOptions = {},
): Promise<T> {
  const engine = await openEngine(options);
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}
