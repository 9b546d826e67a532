import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { gradients } from '../gradient.js';
import { input, type Tensor } from '../graph.js';
import { useEngine } from '../testing/engine.js';
import { checkGradient } from '../testing/gradient-check.js';
import { at, build, range, total } from '../testing/indexing.js';
import { broadcastPair, property, seed } from '../testing/property.js';
import { values } from '../testing/random-values.js';
import { broadcastShapes } from './broadcast.js';
import { tanh } from './elementwise.js';
import { gemm, linear, matmul } from './matmul.js';
import { sum } from './reduce.js';

const engine = useEngine();
const sizes = fc.tuple(...([1, 2, 3] as const).map(() => fc.integer({ min: 1, max: 5 })));

test('matmul: value and gradients, leading axes broadcast', () =>
  property(
    40,
    fc.record({ batches: broadcastPair, sizes, seed }),
    async ({ batches: [p, q], sizes: [m, k, n], seed }) => {
      const [a, b] = [values(seed, [...p, m, k]), values(seed + 1, [...q, k, n])];
      await checkGradient(engine(), matmul, [a, b], {
        step: 0.1,
        expected: build([...broadcastShapes('', p, q), m, n], (index) => {
          const [i, j] = index.slice(-2);
          const batch = index.slice(0, -2);
          return total(range(k).map((l) => at(a, [...batch, i, l]) * at(b, [...batch, l, j])));
        }),
      });
    },
  ));

test('gemm: value and gradients, either side read transposed', () =>
  property(
    16,
    fc.record({ transA: fc.boolean(), transB: fc.boolean(), sizes, seed }),
    async ({ transA, transB, sizes: [m, k, n], seed }) => {
      const a = values(seed, transA ? [k, m] : [m, k]);
      const b = values(seed + 1, transB ? [n, k] : [k, n]);
      await checkGradient(engine(), (s, t) => gemm(s, t, { transA, transB }), [a, b], {
        step: 0.1,
        expected: build([m, n], ([i, j]) =>
          total(
            range(k).map((l) => at(a, transA ? [l, i] : [i, l]) * at(b, transB ? [j, l] : [l, j])),
          ),
        ),
      });
    },
  ));

test('linear: value and gradients, with and without a bias', () =>
  property(
    10,
    fc.record({ bias: fc.boolean(), sizes, seed }),
    async ({ bias, sizes: [n, inputs, out], seed }) => {
      const [x, w, b] = [
        values(seed, [n, inputs]),
        values(seed + 1, [out, inputs]),
        values(seed + 2, [out]),
      ];
      await checkGradient(engine(), linear, bias ? [x, w, b] : [x, w], {
        step: 0.1,
        expected: build([n, out], ([i, o]) =>
          total([bias ? b.data[o] : 0, ...range(inputs).map((k) => at(x, [i, k]) * at(w, [o, k]))]),
        ),
      });
    },
  ));

test('the gradient of a gradient, every way round', async () => {
  for (const transA of [false, true]) {
    for (const transB of [false, true]) {
      const slope = (a: Tensor, b: Tensor): Tensor =>
        gradients(sum(tanh(gemm(a, b, { transA, transB }))), [a])[0];
      await checkGradient(engine(), slope, [
        values(1, transA ? [3, 2] : [2, 3], -0.7, 0.7),
        values(2, transB ? [4, 3] : [3, 4], -0.7, 0.7),
      ]);
    }
  }
});

test('products whose shapes do not fit are refused, and quoted', () => {
  const [a, b, v] = [input('a', [2, 3]), input('b', [4, 5]), input('v', [3])];
  const quoted = (message: RegExp) => ({ name: 'ShapeError', message });
  assert.throws(() => matmul(a, b), quoted(/\[2,3\] x \[4,5\]/));
  assert.throws(() => matmul(a, v), quoted(/\[2,3\] x \[3\]/));
  assert.throws(() => gemm(a, b, { transA: true }), quoted(/\[2,3\]ᵀ x \[4,5\]/));
  assert.throws(() => linear(a, b), quoted(/\[2,3\] x \[4,5\]ᵀ/));
  assert.throws(() => matmul(input('a', [2, 3, 4]), input('b', [3, 4, 2])), quoted(/\[2\].*\[3\]/));
});
