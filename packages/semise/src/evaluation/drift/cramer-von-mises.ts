// Cramér-von Mises for two samples: the mean squared difference of their cumulative distributions. It
// sees a shift of the whole earlier than Kolmogorov-Smirnov does, and a change of one end, too.

import type { Statistic } from './permutation.js';
import type { Pooled } from './sample.js';

/**
 * The statistic for any labeling, 0 to 1; values are sorted once. Each subject counts once (an image of
 * m by 1/m). With one image a subject and no ties it is T (n + m) / (n m), T that of Anderson, On the
 * distribution of the two-sample Cramér-von Mises criterion (1962), (2).
 */
export function cramerVonMises({
  values,
  subjectOf,
  weights,
  first,
  second,
}: Pooled<number>): Statistic {
  const order = Int32Array.from(values.keys()).sort((a, b) => values[a] - values[b]);
  const subjects = Int32Array.from(order, (i) => subjectOf[i]);
  const ordered = Float64Array.from(order, (i) => weights[i]);
  /** Of an image of the first and of the second sample: looked up, as a branch would cost four times. */
  const steps = Float64Array.of(-1 / first, 1 / second);
  // What stands at equal values is compared once, where they end, with the weight of all.
  const shares = new Float64Array(order.length);
  let tied = 0;
  order.forEach((i, at) => {
    tied += weights[i] / (first + second);
    if (values[order[at + 1]] === values[i]) return;
    shares[at] = tied;
    tied = 0;
  });
  return (chosen) => {
    let difference = 0;
    let sum = 0;
    for (let at = 0; at < subjects.length; at++) {
      difference += steps[chosen[subjects[at]]] * ordered[at];
      sum += shares[at] * difference * difference;
    }
    return sum;
  };
}
