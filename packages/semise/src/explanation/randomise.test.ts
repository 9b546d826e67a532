import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomModel } from '../testing/random-model.js';
import { PARTS, shuffledDownTo } from './randomise.js';

test('a model loses its parts from the head down, each tensor within itself', () => {
  const model = randomModel('softmax', 3);
  const changed = PARTS.map((part) => {
    const lost = shuffledDownTo(model, part, 1);
    return [...model.weights]
      .filter(([, { data }]) => data.length > 9) // three values may well be shuffled into their old order
      .filter(([name, { data }]) => lost.weights.get(name)!.data.some((v, i) => v !== data[i]))
      .map(([name]) => name);
  });
  assert.deepEqual(changed[0].sort(), ['softmax.weight']);
  changed.forEach((names, i) => {
    assert.ok(i === 0 || changed[i - 1].every((name) => names.includes(name)));
  });
  const large = [...model.weights].filter(([, { data }]) => data.length > 9).map(([name]) => name);
  assert.deepEqual(changed[5].sort(), large.sort());
  const sorted = (data: Float32Array) => [...data].sort((a, b) => a - b);
  for (const [name, { data }] of shuffledDownTo(model, 'stem', 1).weights)
    assert.deepEqual(sorted(data), sorted(model.weights.get(name)!.data), name);
  assert.deepEqual(shuffledDownTo(model, 'stem', 1), shuffledDownTo(model, 'stem', 1));
});
