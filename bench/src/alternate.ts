// Two sides in turns, so that what the machine does besides meets both alike. Turns during which
// others computed are repeated, within limits, and the calmest count.

import type { Side, Turn } from './side.js';
import { median } from './statistics.js';

/** A turn lasts about this long, so that it is more than a moment's noise. */
const TURN_MS = 800;
const MOST_STEPS = 20;

/** Cores that others may use during a turn that counts as calm. */
const CALM = 0.1;
/** At most so many rounds for each that was asked for. */
const PATIENCE = 3;

export interface Timing {
  /** Milliseconds a step of each side: the median of its turns. */
  readonly ms: readonly number[];
  /** Cores that others used meanwhile, the mean over the turns that count. */
  readonly others: number;
}

/** Some turns of every side, after a few that do not count: caches fill, arenas grow. */
export async function alternate(sides: readonly Side[], alternations: number): Promise<Timing> {
  const steps: number[] = [];
  for (const side of sides) {
    await side.turn(2);
    const { ms } = await side.turn(2);
    steps.push(Math.max(1, Math.min(MOST_STEPS, Math.round(TURN_MS / ms))));
  }
  const rounds: Turn[][] = [];
  const calm = () => rounds.filter((round) => disturbance(round) <= CALM).length;
  while (rounds.length < PATIENCE * alternations && calm() < alternations) {
    // Each side begins every other time.
    const order = sides.map((_, i) => i);
    if (rounds.length % 2) order.reverse();
    const round: Turn[] = [];
    for (const i of order) round[i] = await sides[i].turn(steps[i]);
    rounds.push(round);
  }
  const counted = calmest(rounds, alternations);
  return {
    ms: sides.map((_, i) => median(counted.map((round) => round[i].ms))),
    others: counted.flat().reduce((sum, t) => sum + t.others, 0) / counted.flat().length,
  };
}

const disturbance = (round: readonly Turn[]) => Math.max(...round.map((t) => t.others));

/** The `count` rounds in which others used the processor least. */
export const calmest = <T extends readonly Turn[]>(rounds: readonly T[], count: number): T[] =>
  [...rounds].sort((a, b) => disturbance(a) - disturbance(b)).slice(0, count);
