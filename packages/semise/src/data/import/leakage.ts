// No picture, and no patient, in two splits.

import type { Split } from '../manifest.js';

/** What to do with pictures that are alike and stand in different splits. */
export type Leakage = 'refuse' | 'allow' | 'fix';

export interface Placed {
  readonly subject: string;
  readonly split: Split | null;
}

/**
 * Puts all subjects that share a picture into one split: training, unless none of them is there, then
 * validation. So the test split only loses pictures, and keeps none that training has seen.
 *
 * @param groups of indices of pictures that are alike
 * @returns the split of every picture; those without one stay without, unless their subject has one
 */
export function withoutLeakage(
  images: readonly Placed[],
  groups: readonly (readonly number[])[],
): (Split | null)[] {
  const parent = new Map<string, string>();
  const root = (subject: string): string => {
    let at = subject;
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) at = up;
    return at;
  };
  for (const group of groups)
    for (const i of group) {
      const [a, b] = [root(images[group[0]].subject), root(images[i].subject)];
      if (a !== b) parent.set(b, a);
    }
  const splits = new Map<string, Set<Split>>();
  for (const { subject, split } of images) {
    const known = splits.get(root(subject)) ?? new Set();
    if (split) known.add(split);
    splits.set(root(subject), known);
  }
  const order: Split[] = ['train', 'validation', 'test'];
  return images.map(({ subject, split }) => {
    const known = splits.get(root(subject)) as Set<Split>;
    return known.size > 1 ? (order.find((name) => known.has(name)) as Split) : split;
  });
}

/** Groups whose pictures stand in more than one split. */
export const acrossSplits = (
  images: readonly Placed[],
  groups: readonly (readonly number[])[],
): (readonly number[])[] =>
  groups.filter((group) => new Set(group.flatMap((i) => images[i].split ?? [])).size > 1);
