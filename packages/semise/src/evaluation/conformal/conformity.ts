// How little an ordered grade conforms with what a model says of an image.

/**
 * For each grade the probability that lies nearer to the model's own grade: 0 for that grade; then the set
 * grows by the neighbour below or above, whichever is the more probable (the worse at a tie), and a grade that
 * is taken in has the mass of those before it. Small = conforms. The grades up to any value are without a gap
 * and hold the model's grade (adaptive sets for ordered grades: Lu et al., arXiv 2207.02238, section 2.2;
 * started here from the grade that the reader is shown).
 *
 * @param probabilities of the grades 0..K-1
 * @param predicted the model's grade
 */
export function nonconformity(probabilities: readonly number[], predicted: number): number[] {
  const scores = new Array<number>(probabilities.length).fill(0);
  let mass = probabilities[predicted];
  let [low, high] = [predicted, predicted];
  while (high - low + 1 < probabilities.length) {
    const below = probabilities[low - 1] ?? -1;
    const above = probabilities[high + 1] ?? -1;
    const next = above >= below ? ++high : --low;
    scores[next] = mass;
    mass += probabilities[next];
  }
  return scores;
}
