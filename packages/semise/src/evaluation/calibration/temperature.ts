// Temperature scaling: one number that makes a model surer or less sure of everything it says.

/** Probabilities below it count as this, so that a logarithm is finite. */
const LEAST = 1e-12;
/** 1/T is sought between these; a set of answers without an error would drive it on for ever. */
const SHARPEST = 20;
const DULLEST = 1 / 20;

/**
 * Probabilities p^(1/T), renormalised: softmax(log p / T), temperature scaling of the logits that gave p
 * (Guo et al., arXiv 1706.04599, section 4.2). T above 1 makes them less sure; the most probable grade stays.
 *
 * @param probabilities of the grades, sum 1
 * @param temperature T, above 0
 */
export function scaled(probabilities: readonly number[], temperature: number): number[] {
  const powers = probabilities.map((p) => Math.max(p, LEAST) ** (1 / temperature));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/**
 * The temperature, 0.05 to 20, with the smallest mean negative log likelihood of the grades. That is convex in
 * 1/T, so its slope is brought to 0 by halving.
 *
 * @param probabilities of each image, K numbers
 * @param grades the expert's
 */
export function fitTemperature(
  probabilities: readonly (readonly number[])[],
  grades: readonly number[],
): number {
  const logs = probabilities.map((of) => of.map((p) => Math.log(Math.max(p, LEAST))));
  // d/db of -b log p_y + log sum_k exp(b log p_k): the mean log under the scaled model, less that of the truth.
  const slope = (b: number): number =>
    logs.reduce((sum, log, i) => {
      const powers = log.map((l) => Math.exp(b * l));
      const total = powers.reduce((all, power) => all + power, 0);
      const mean = log.reduce((all, l, k) => all + (powers[k] / total) * l, 0);
      return sum + mean - log[grades[i]];
    }, 0);
  let [low, high] = [DULLEST, SHARPEST];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (slope(middle) < 0) low = middle;
    else high = middle;
  }
  return 2 / (low + high);
}
