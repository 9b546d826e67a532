// The K-1 questions behind an ordered grade: is it worse than 0? than 1? ...

/**
 * P(grade > k) for k = 0..K-2, from 1 falling to 0.
 *
 * @param probabilities of the grades 0..K-1; sum 1
 */
export function exceedances(probabilities: ArrayLike<number>): number[] {
  const above = new Array<number>(Math.max(0, probabilities.length - 1));
  let sum = 0;
  for (let k = probabilities.length - 1; k > 0; k--) {
    sum += probabilities[k];
    above[k - 1] = Math.min(1, sum);
  }
  return above;
}

/** The probabilities of the grades 0..K-1 whose exceedances these are. @param above falling in k */
export function fromExceedances(above: readonly number[]): number[] {
  return [1, ...above].map((here, k) => here - (above[k] ?? 0));
}
