import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { gradients } from '../gradient.js';
import { input } from '../graph.js';
import type { NamedTensor } from '../safetensors.js';
import { assertClose, evaluate, useEngine } from '../testing/engine.js';
import { checkGradient } from '../testing/gradient-check.js';
import { at, build, range, total } from '../testing/indexing.js';
import { property, seed, shape } from '../testing/property.js';
import { values } from '../testing/random-values.js';
import { cosineDistance, cosineMatrix, cosineSimilarity, normalize } from './cosine.js';
import { sum } from './reduce.js';

const engine = useEngine();

const row = (x: NamedTensor, index: readonly number[]): number[] =>
  range(x.shape[x.shape.length - 1]).map((k) => at(x, [...index, k]));
const dot = (a: number[], b: number[]) => total(a.map((v, i) => v * b[i]));
const cosine = (a: number[], b: number[]) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));

/** Vectors of length 1/4 at least, where a step of 1/100 is small. */
const vectors = (s: number, of: readonly number[]): NamedTensor => {
  const x = values(s, of);
  return { shape: of, data: x.data.map((v) => v + (v < 0 ? -0.25 : 0.25)) };
};

test('normalize, cosineSimilarity, cosineDistance: values and gradients', () =>
  property(
    15,
    fc.record({ lead: shape(0, 2), d: fc.integer({ min: 2, max: 5 }), seed }),
    async ({ lead, d, seed }) => {
      const [a, b] = [vectors(seed, [...lead, d]), vectors(seed + 1, [...lead, d])];
      await checkGradient(engine(), normalize, [a], {
        expected: build(a.shape, (i) => at(a, i) / Math.hypot(...row(a, i.slice(0, -1)))),
      });
      const truth = build(lead, (i) => cosine(row(a, i), row(b, i)));
      await checkGradient(engine(), cosineSimilarity, [a, b], { expected: truth });
      await checkGradient(engine(), cosineDistance, [a, b], { expected: truth.map((c) => 1 - c) });
    },
  ));

test('cosineMatrix: values and gradients, every row with every row', () =>
  property(
    12,
    fc.record({
      n: fc.integer({ min: 1, max: 4 }),
      m: fc.integer({ min: 1, max: 4 }),
      d: fc.integer({ min: 2, max: 5 }),
      seed,
    }),
    async ({ n, m, d, seed }) => {
      const [a, b] = [vectors(seed, [n, d]), vectors(seed + 1, [m, d])];
      await checkGradient(engine(), cosineMatrix, [a, b], {
        expected: build([n, m], ([i, j]) => cosine(row(a, [i]), row(b, [j]))),
      });
    },
  ));

test('length does not matter, from a millionth to a million', async () => {
  const [a, b] = [input('a', [3]), input('b', [3])];
  const y = cosineSimilarity(a, b);
  const [g] = gradients(y, [a]);
  for (const scale of [1e-3, 1, 1e6]) {
    const feeds = {
      a: Float32Array.of(1, 2, 2).map((v) => v * scale),
      b: Float32Array.of(2, 1, 2),
    };
    const r = await evaluate(engine(), { y, g }, feeds);
    assertClose(r.y, [8 / 9], 1e-5);
    // d cos / da = (b/|b| - cos a/|a|) / |a|
    const slope = [2, 1, 2].map((v, i) => (v / 3 - (8 / 9) * ([1, 2, 2][i] / 3)) / (3 * scale));
    assertClose(
      [...r.g].map((v) => Number(v) * scale),
      slope.map((v) => v * scale),
      1e-4,
    );
  }
});

test('a zero vector has cosine 0 with anything, and finite gradients', async () => {
  const [a, b] = [input('a', [3, 2]), input('b', [3, 2])];
  const feeds = { a: Float32Array.of(0, 0, 1, 2, 0, 0), b: Float32Array.of(1, 2, 0, 0, 0, 0) };
  const [s, d, m] = [cosineSimilarity(a, b), cosineDistance(a, b), cosineMatrix(a, b)];
  const outputs = {
    s,
    d,
    m,
    n: normalize(a),
    ds: gradients(sum(s), [a])[0],
    db: gradients(sum(s), [b])[0],
    dm: gradients(sum(m), [a])[0],
  };
  const r = await evaluate(engine(), outputs, feeds);
  assert.deepEqual([...r.s], [0, 0, 0]);
  assert.deepEqual([...r.d], [1, 1, 1]);
  assertClose(r.m, [0, 0, 0, 1, 0, 0, 0, 0, 0]);
  assert.deepEqual([...r.n].slice(0, 2), [0, 0]);
  for (const name of ['ds', 'db', 'dm']) {
    assert(r[name].every(Number.isFinite as (v: unknown) => boolean), `${name}: ${r[name]}`);
  }
});
