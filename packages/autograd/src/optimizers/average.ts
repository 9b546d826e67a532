// An exponential moving average of the weights (Polyak averaging; Tarvainen & Valpola,
// arXiv 1703.01780): smoother than the weights themselves, and the teacher of a student.

import { type Tensor, type Variable, variable } from '../graph.js';
import { add, mul, sub } from '../ops/elementwise.js';
import type { Update } from '../program.js';
import { together } from './together.js';

/** The variable that holds the average of `w`. */
export const averageOf = (w: Variable): Variable =>
  variable(`average.${w.name}`, w.shape, () => w.initial, { trainable: false });

/**
 * average' = average + (1 - decay) (w' - average).
 * @param updates the updates of the step that is averaged @param decay a scalar in [0, 1)
 */
export function movingAverage(updates: readonly Update[], decay: Tensor | number): Update[] {
  const averages = updates.map(([w]) => averageOf(w));
  const { parts, apart } = together(averages);
  const next = together(updates.map(([, next]) => next)).parts;
  const moved = apart(
    parts.map((average, i) => add(average, mul(sub(1, decay), sub(next[i], average)))),
  );
  return averages.map((average, i): Update => [average, moved[i]]);
}
