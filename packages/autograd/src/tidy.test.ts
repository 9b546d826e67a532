// Nodes that a model can do without.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tidy } from './tidy.js';

const node = (opType: string, inputs: string[], outputs: string[]) => ({
  opType,
  domain: '',
  inputs,
  outputs,
  attributes: {},
});

test('nodes that nothing reads are left out, and those that only they read', () => {
  const nodes = [
    node('Neg', ['x'], ['a']),
    node('Exp', ['x'], ['b']),
    node('Abs', ['b'], ['c']),
    node('Relu', ['a'], ['y']),
  ];
  const left = tidy(nodes, [], new Set(['y']));
  assert.deepEqual(
    left.map((n) => n.opType),
    ['Neg', 'Relu'],
  );
});

test('a Reshape of a Reshape is one, unless it takes a size from between', () => {
  const ints = (name: string, ...values: bigint[]) => ({
    name,
    shape: [values.length],
    dtype: 'int64' as const,
    data: BigInt64Array.from(values),
  });
  const nodes = [
    node('Reshape', ['x', 'flat'], ['a']),
    node('Reshape', ['a', 'square'], ['b']),
    node('Reshape', ['b', 'kept'], ['c']),
  ];
  const constants = [ints('flat', -1n), ints('square', 4n, 4n), ints('kept', 0n, 2n, 2n)];
  assert.deepEqual(
    tidy(nodes, constants, new Set(['b', 'c'])).map((n) => n.inputs[0]),
    ['x', 'b'],
  );
});

test('last outputs that nothing reads are left out', () => {
  const left = tidy([node('MaxPool', ['x'], ['y', 'indices'])], [], new Set(['y']));
  assert.deepEqual(left[0].outputs, ['y']);
});
