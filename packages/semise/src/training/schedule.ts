// Learning rate over a phase: a linear warm-up, then half a cosine down to 0.
// References: Goyal et al. (arXiv 1706.02677), Loshchilov & Hutter (arXiv 1608.03983).

const WARM_UP = 0.1;

/** @param step of the phase, from 0 @param steps of the phase @returns a share of the peak rate, in (0, 1] */
export function learningRateShare(step: number, steps: number): number {
  const warm = Math.max(1, Math.round(WARM_UP * steps));
  if (step < warm) return (step + 1) / warm;
  const progress = (step - warm) / Math.max(1, steps - warm);
  return 0.5 * (1 + Math.cos(Math.PI * progress));
}

/** The average follows quickly at first, when the weights are far from where they will be. */
export const averageDecay = (step: number, decay: number): number =>
  Math.min(decay, (1 + step) / (10 + step));
