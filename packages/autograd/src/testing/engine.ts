// One engine for the tests of a file, and the evaluation of a graph on it.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { type Engine, type EngineOptions, openEngine } from '../engine.js';

/** Opens an engine before the file's tests and closes it after them. */
export function useEngine(options: EngineOptions = {}): () => Engine {
  let engine: Engine | undefined;
  before(async () => {
    engine = await openEngine({ threads: 1, ...options });
  });
  after(() => engine?.close());
  return () => {
    assert(engine, 'the engine opens before the tests of the file');
    return engine;
  };
}

export { runOnce as evaluate } from '../run-once.js';

/** Every value within `tolerance` times (its size + a tenth of the largest): close, and never NaN. */
export function assertClose(
  actual: ArrayLike<number | bigint>,
  expected: ArrayLike<number | bigint>,
  tolerance = 1e-5,
  what = 'value',
): void {
  assert.equal(actual.length, expected.length, `${what}: number of values`);
  const truth = Array.from(expected, Number);
  const largest = truth.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  truth.forEach((e, i) => {
    const a = Number(actual[i]);
    if (a === e) return;
    const allowed = tolerance * (Math.abs(e) + 0.1 * largest) + 1e-6;
    assert(Math.abs(a - e) <= allowed, `${what}[${i}]: ${a}, expected ${e} within ${allowed}`);
  });
}
