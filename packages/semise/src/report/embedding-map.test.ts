import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../random.js';
import { embeddingMap } from './embedding-map.js';

test('the map finds the two directions along which embeddings were spread', () => {
  // Orthonormal directions u and v in 12 dimensions, coordinates a (wide) and b, a little noise.
  const dims = 12;
  const count = 400;
  const stream = random(1, 'map');
  const u = Array.from({ length: dims }, (_, d) => Math.sqrt(1 / dims) * (d % 2 === 0 ? 1 : -1));
  const v = Array.from({ length: dims }, () => Math.sqrt(1 / dims));
  const places = Array.from({ length: count }, () => [5 * stream.normal(), 2 * stream.normal()]);
  const vectors = new Float32Array(count * dims);
  places.forEach(([a, b], i) => {
    for (let d = 0; d < dims; d++) {
      vectors[i * dims + d] = 3 + a * u[d] + b * v[d] + 0.01 * stream.normal();
    }
  });
  const map = embeddingMap(vectors, count, dims);
  assert.equal(map.length, count);
  const correlation = (left: number[], right: number[]) => {
    const mean = (xs: number[]) => xs.reduce((sum, x) => sum + x, 0) / xs.length;
    const [ml, mr] = [mean(left), mean(right)];
    const dot = (xs: number[], mx: number, ys: number[], my: number) =>
      xs.reduce((sum, x, i) => sum + (x - mx) * (ys[i] - my), 0);
    return (
      dot(left, ml, right, mr) / Math.sqrt(dot(left, ml, left, ml) * dot(right, mr, right, mr))
    );
  };
  const column = (c: 0 | 1) => places.map((place) => place[c]);
  const [xs, ys] = [map.map(({ x }) => x), map.map(({ y }) => y)];
  assert.ok(Math.abs(correlation(xs, column(0))) > 0.99);
  assert.ok(Math.abs(correlation(ys, column(1))) > 0.99);
  assert.deepEqual(embeddingMap(vectors, count, dims), map);
});

test('few, equal or one-dimensional embeddings still have a place', () => {
  assert.deepEqual(embeddingMap(new Float32Array(0), 0, 8), []);
  assert.deepEqual(embeddingMap(new Float32Array([1, 2]), 1, 2), [{ x: 0, y: 0 }]);
  for (const [vectors, count, dims] of [
    [new Float32Array(40).fill(0.5), 10, 4],
    [new Float32Array([1, 2, 3]), 3, 1],
    [new Float32Array([1, 2, 3, 4]), 2, 2],
  ] as const) {
    const map = embeddingMap(vectors, count, dims);
    assert.equal(map.length, count);
    for (const { x, y } of map) assert.ok(Number.isFinite(x) && Number.isFinite(y));
  }
});
