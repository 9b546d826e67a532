// The gradient of an op against central finite differences.
//
// The op's output is weighted and summed on the host in float64: summed in the graph, float32 would
// lose the small difference that is looked for. Differences over h and 2h are combined so that the
// error falls with h^4 (Richardson). The allowed error follows from the rounding of the outputs that
// moved, so that small gradients are checked as strictly as large ones.

import assert from 'node:assert/strict';
import type { Engine, Results } from '../engine.js';
import { gradients } from '../gradient.js';
import { constant, input, type Tensor } from '../graph.js';
import { mul } from '../ops/elementwise.js';
import { sum } from '../ops/reduce.js';
import { compile } from '../program.js';
import type { NamedTensor } from '../safetensors.js';
import { assertClose } from './engine.js';
import { uniform } from './random-values.js';

export interface GradientCheck {
  /** What the op should give, from an independent source. */
  readonly expected?: readonly number[];
  /** h; inputs are moved by up to 2h. */
  readonly step?: number;
  /** Relative error allowed in a gradient, beside rounding. */
  readonly tolerance?: number;
  /** At most so many elements of each input are moved, chosen at random. */
  readonly samples?: number;
}

/**
 * Checks the value of `f`, where `expected` is given, and its gradient by every input.
 * @throws AssertionError naming the input and element that differ
 */
export async function checkGradient(
  engine: Engine,
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly NamedTensor[],
  options: GradientCheck = {},
): Promise<void> {
  const { step = 1e-2, tolerance = 2e-3, samples = 24, expected } = options;
  const leaves = inputs.map(({ shape }, i) => input(`x${i}`, shape));
  const y = f(...leaves);
  const next = uniform(7);
  const weights = Float32Array.from(
    { length: y.shape.reduce((a, b) => a * b, 1) },
    () => 0.5 + next(),
  ).map((w, i) => (i % 3 === 1 ? -w : w));
  const analytic = gradients(sum(mul(y, constant(weights, y.shape))), leaves);
  const program = await engine.load(
    compile({ outputs: { y, ...Object.fromEntries(analytic.map((g, i) => [`g${i}`, g])) } }),
  );
  const feeds = Object.fromEntries(inputs.map(({ data }, i) => [`x${i}`, data]));
  try {
    const at = await program.run(feeds);
    if (expected) assertClose(at.y as Float32Array, expected);
    for (const [i, { data }] of inputs.entries()) {
      const picked = pick(data.length, samples, next);
      const runs = await Promise.all(
        picked.flatMap((e) =>
          [2, 1, -1, -2].map((k) =>
            program.run({ ...feeds, [`x${i}`]: data.with(e, data[e] + k * step) }),
          ),
        ),
      );
      const numeric = picked.map((e, k) => {
        const moved = (by: number) => Math.fround(data[e] + by * step);
        const wide = difference(runs[4 * k], runs[4 * k + 3], weights, moved(2) - moved(-2));
        const near = difference(runs[4 * k + 1], runs[4 * k + 2], weights, moved(1) - moved(-1));
        return {
          slope: (4 * near.slope - wide.slope) / 3,
          rounding: (4 * near.rounding + wide.rounding) / 3,
        };
      });
      const largest = Math.max(...numeric.map(({ slope }) => Math.abs(slope)), 0);
      for (const [k, { slope, rounding }] of numeric.entries()) {
        const g = Number(at[`g${i}`][picked[k]]);
        const allowed = tolerance * (Math.abs(slope) + 0.1 * largest) + rounding;
        assert(
          Math.abs(g - slope) <= allowed,
          `gradient by input ${i}, element ${picked[k]}: ${g}, by differences ${slope} +- ${allowed}`,
        );
      }
    }
  } finally {
    await program.release();
  }
}

function difference(above: Results, below: Results, weights: Float32Array, distance: number) {
  let change = 0;
  let moved = 0;
  weights.forEach((w, i) => {
    const [a, b] = [Number(above.y[i]), Number(below.y[i])];
    assert(Number.isFinite(a) && Number.isFinite(b), `output ${i} is ${a} and ${b}`);
    change += w * (a - b);
    if (a !== b) moved += Math.abs(w) * Math.max(Math.abs(a), Math.abs(b), 1e-3);
  });
  return { slope: change / distance, rounding: (8 * 2 ** -24 * moved) / distance };
}

/** `count` of the numbers below n, without repeats. */
function pick(n: number, count: number, next: () => number): number[] {
  const all = [...Array(n).keys()];
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all.slice(0, count);
}
