import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Engine, openEngine } from '@semise/autograd';
import { Matrix } from 'ml-matrix';
import { PCA } from 'ml-pca';
import { random } from '../../random.js';
import { principalComponents, WHITENING } from './components.js';

let engine: Engine;
before(async () => {
  engine = await openEngine({ threads: 1 });
});
after(() => engine.close());

/** Rows of `spread.length` numbers, each of its own deviation, turned among one another. */
function cloud(n: number, spread: readonly number[]): Matrix {
  const r = random(4, 'cloud');
  const d = spread.length;
  const turn = Matrix.from1DArray(
    d,
    d,
    Array.from({ length: d * d }, () => r.normal()),
  );
  const own = Matrix.from1DArray(
    n,
    d,
    Array.from({ length: n * d }, (_, i) => r.normal(1, spread[i % d])),
  );
  return own.mmul(turn);
}

const projected = (
  x: Matrix,
  { center, directions, count }: Awaited<ReturnType<typeof principalComponents>>,
) =>
  x
    .clone()
    .subRowVector([...center])
    .mmul(Matrix.from1DArray(x.columns, count, directions));

test('components are those of ml-pca, their variances levelled and 1 on the mean', async () => {
  const x = cloud(300, [5, 3, 2, 1, 0.5, 0.2]);
  const found = await principalComponents(
    Float32Array.from(x.to1DArray()),
    [6],
    3,
    engine,
    random(1),
  );
  const pca = new PCA(x);
  const expected = pca.predict(x, { nComponents: 3 });
  const ours = projected(x, found);
  assert.equal(found.count, 3);
  const variances = pca.getEigenvalues().slice(0, 3);
  const levelled = variances.map((v) => v ** (1 - WHITENING));
  const mean = levelled.reduce((sum, v) => sum + v, 0) / 3;
  for (let c = 0; c < 3; c++) {
    const [a, b] = [ours.getColumn(c), expected.getColumn(c)];
    const dot = (p: number[], q: number[]) => p.reduce((sum, v, i) => sum + v * q[i], 0);
    const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
    assert.ok(Math.abs(cosine) > 0.9999, `component ${c}: cosine ${cosine}`);
    assert.ok(Math.abs(dot(a, a) / 300 - levelled[c] / mean) < 1e-3, `variance of component ${c}`);
  }
});

test('a group counts as much as another, whatever its units; what never varies is left out', async () => {
  const x = cloud(200, [3, 1]);
  const wide = Matrix.zeros(200, 5);
  for (let i = 0; i < 200; i++)
    wide.setRow(i, [...x.getRow(i), x.get(i, 0) * 1e3, x.get(i, 1) * 1e3, 7]);
  const one = await principalComponents(
    Float32Array.from(x.to1DArray()),
    [2],
    5,
    engine,
    random(1),
  );
  const both = await principalComponents(
    Float32Array.from(wide.to1DArray()),
    [2, 2, 1],
    5,
    engine,
    random(1),
  );
  assert.equal(one.count, 2);
  assert.equal(both.count, 2, 'the second group is the first in other units');
  const [a, b] = [projected(x, one), projected(wide, both)].map((m) => m.getColumn(0));
  const sign = Math.sign(a[0] * b[0]);
  a.forEach((v, i) => {
    assert.ok(Math.abs(v - sign * b[i]) < 1e-2, `${i}: ${v} and ${b[i]}`);
  });
});
