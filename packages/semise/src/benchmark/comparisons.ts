// The simulated expert: pairs of training images, answered from what is hidden from training.

import { InputError } from '../errors.js';
import { random } from '../random.js';

/** Indices of the two images that an expert saw. */
export interface Answer {
  readonly more: number;
  readonly less: number;
  readonly tie: boolean;
}

export interface Candidate {
  readonly index: number;
  readonly subject: string;
  /** Larger = worse. */
  readonly severity: number;
}

export interface ComparisonOptions {
  readonly count: number;
  /** Share answered the wrong way round, in [0, 1). */
  readonly wrong: number;
  /** Two equally severe images: not asked, or marked as a tie. */
  readonly ties: 'drop' | 'mark';
  readonly seed: number;
}

/** Draws for each pair wanted, beyond which we hold that there are no more. */
const TRIES = 200;

/**
 * Random pairs of different subjects, none twice. With one seed, fewer comparisons are the first of
 * more; exactly floor(wrong x n) of the first n are wrong, whatever n; and the pairs asked do not
 * depend on how many are wrong. A tie is never wrong.
 *
 * @throws InputError where the images give fewer pairs
 */
export function drawComparisons(
  candidates: readonly Candidate[],
  { count, wrong, ties, seed }: ComparisonOptions,
): Answer[] {
  const r = random(seed, 'benchmark comparisons');
  const answers = new Map<string, Answer>();
  for (let tries = 0; answers.size < count; tries++) {
    if (candidates.length < 2 || tries > TRIES * (count + 20)) {
      throw new InputError(
        `comparisons: ${count} asked for, but ${candidates.length} training images give ${answers.size} pairs of different subjects and severity; ask for fewer`,
      );
    }
    const [a, b] = [r.pick(candidates), r.pick(candidates)];
    const tie = a.severity === b.severity;
    if (a.subject === b.subject || (tie && ties === 'drop')) continue;
    const key = `${Math.min(a.index, b.index)} ${Math.max(a.index, b.index)}`;
    const [more, less] = a.severity > b.severity ? [a, b] : [b, a];
    if (!answers.has(key)) answers.set(key, { more: more.index, less: less.index, tie });
  }
  // Every 1/wrong-th answer, so that the share holds for the first n, too.
  const isWrong = (n: number) => Math.floor((n + 1) * wrong + 1e-9) > Math.floor(n * wrong + 1e-9);
  return [...answers.values()].map((answer, n) =>
    isWrong(n) && !answer.tie ? { ...answer, more: answer.less, less: answer.more } : answer,
  );
}
