// How a training is laid out in time: steps of each phase, and over a phase the learning rate, a
// linear warm-up, then half a cosine down to 0.
// References: Goyal et al. (arXiv 1706.02677), Loshchilov & Hutter (arXiv 1608.03983).

import { InputError } from '../errors.js';
import type { Phase } from '../methods/index.js';

const WARM_UP = 0.1;

/**
 * Whole steps for each phase by its share, one at least; the last takes the rest.
 * @throws InputError if there are fewer steps than phases
 */
export function phaseSteps(phases: readonly Phase[], steps: number): [Phase, number][] {
  if (steps < phases.length) {
    const names = phases.map(({ name }) => name).join(', ');
    throw new InputError(
      `steps ${steps}: the method has ${phases.length} phases (${names}); give ${phases.length} steps or more`,
    );
  }
  let before = 0;
  let share = 0;
  return phases.map((phase, i): [Phase, number] => {
    share += phase.share;
    const left = phases.length - 1 - i; // phases that come after this one
    const end = left === 0 ? steps : Math.round(share * steps);
    const count = Math.min(Math.max(end, before + 1), steps - left) - before;
    before += count;
    return [phase, count];
  });
}

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
