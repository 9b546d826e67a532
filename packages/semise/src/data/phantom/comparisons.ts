// The simulated rater: pairs of training images of different subjects, answered from the hidden
// severity, a stated share of them the wrong way round.

import { InputError } from '../../errors.js';
import { random } from '../../random.js';
import type { PhantomImage } from './cohort.js';
import type { PhantomOptions } from './options.js';

export interface PhantomComparison {
  moreSevere: PhantomImage;
  lessSevere: PhantomImage;
  rater: string;
}

const RATERS = ['rater-1', 'rater-2'];

/**
 * Random pairs, none twice, with exactly round(wrongComparisons x comparisons) wrong answers. Pairs of
 * two healthy images are left out: they show no difference, and an answer would be a coin's.
 *
 * @throws InputError where the cohort has fewer pairs than asked for.
 */
export function comparePairs(images: PhantomImage[], options: PhantomOptions): PhantomComparison[] {
  const { seed, comparisons, wrongComparisons } = options;
  const train = images.filter((image) => image.subject.split === 'train');
  const askable = (a: PhantomImage, b: PhantomImage) =>
    a.subject !== b.subject && (a.grade > 0 || b.grade > 0);
  const rng = random(seed, 'phantom comparisons');
  const pairs = new Map<number, [number, number]>();
  // Draws that hit a known pair or one that is not askable are thrown away, so give up in time.
  for (let tries = 0; pairs.size < comparisons; tries++) {
    if (train.length < 2 || tries > 50 * (comparisons + 20))
      throw new InputError(
        `phantom: comparisons is ${comparisons}, more than the ${train.length} training images ` +
          'give; ask for fewer, or for more subjects',
      );
    const [a, b] = [rng.integer(train.length), rng.integer(train.length)];
    const key = Math.min(a, b) * train.length + Math.max(a, b);
    if (askable(train[a], train[b])) pairs.set(key, [a, b]);
  }
  const wrong = Math.round(wrongComparisons * comparisons);
  const answers = rng.shuffle([...pairs.values()]).map(([a, b], i) => {
    const aIsWorse = train[a].severity > train[b].severity;
    const [more, less] = aIsWorse === i >= wrong ? [a, b] : [b, a];
    return { moreSevere: train[more], lessSevere: train[less], rater: rng.pick(RATERS) };
  });
  return rng.shuffle(answers);
}
