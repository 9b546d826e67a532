// The severity that explains comparisons best, by themselves: Bradley and Terry's model.

export interface PairAnswer {
  /** Number of the image held to be worse. */
  readonly worse: number;
  readonly milder: number;
  /** Above 0; a tie counts half each way. */
  readonly weight: number;
  readonly tie: boolean;
}

/** Precision of the normal prior on a severity: keeps it finite where an image won every time. */
const PRIOR = 0.25;

/**
 * Severities s with P(a worse than b) = sigmoid(s_a - s_b) (R. A. Bradley & M. E. Terry, Biometrika 39:324,
 * 1952), the most probable ones under a normal prior of deviation 2. Newton's method image by image: the aim
 * is concave.
 *
 * @param images how many there are; those never compared get 0
 */
export function bradleyTerry(images: number, answers: readonly PairAnswer[]): Float64Array {
  const severity = new Float64Array(images);
  const of: { other: number; won: number; weight: number }[][] = Array.from(
    { length: images },
    () => [],
  );
  for (const { worse, milder, weight, tie } of answers) {
    of[worse].push({ other: milder, won: tie ? 0.5 : 1, weight });
    of[milder].push({ other: worse, won: tie ? 0.5 : 0, weight });
  }
  for (let round = 0; round < 1000; round++) {
    let moved = 0;
    for (let image = 0; image < images; image++) {
      let slope = -PRIOR * severity[image];
      let curvature = PRIOR;
      for (const { other, won, weight } of of[image]) {
        const p = worseThan(severity[image], severity[other]);
        slope += weight * (won - p);
        curvature += weight * p * (1 - p);
      }
      const step = Math.max(-1, Math.min(1, slope / curvature));
      severity[image] += step;
      moved = Math.max(moved, Math.abs(step));
    }
    if (moved < 1e-7) break;
  }
  return severity;
}

/** P(a worse than b). @param a severity @param b severity */
export const worseThan = (a: number, b: number): number => 1 / (1 + Math.exp(b - a));
