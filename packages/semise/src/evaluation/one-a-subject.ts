// One image of each subject. Subjects are exchangeable; the images of one subject are not independent of one
// another. What must hold for a new subject is therefore worked out on one image drawn from each ("subsampling
// once": Dunn, Wasserman & Ramdas, J. Am. Stat. Assoc. 118:2491, 2023, arXiv 1809.07441, section 3.1).

import { random } from '../random.js';
import type { Prediction } from './prediction.js';

/**
 * An image of each subject, each of its images equally likely; the seed alone decides, not the order.
 * @returns in the order of the subjects' names
 */
export function oneASubject<P extends Pick<Prediction, 'image' | 'subject'>>(
  predictions: readonly P[],
  seed: number,
): P[] {
  const bySubject = new Map<string, P[]>();
  for (const p of predictions) {
    const own = bySubject.get(p.subject);
    if (own) own.push(p);
    else bySubject.set(p.subject, [p]);
  }
  const order = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const stream = random(seed, 'one image a subject');
  return [...bySubject]
    .sort(([a], [b]) => order(a, b))
    .map(([, own]) => stream.pick(own.sort((a, b) => order(a.image, b.image))));
}
