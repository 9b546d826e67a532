// Which masks training may see.

import { InputError } from '../errors.js';
import { random } from '../random.js';
import type { Manifest } from './manifest.js';

export interface MaskBudgetOptions {
  /** Masks with a lesion, an integer >= 1, or all that there are. */
  readonly budget: number | 'all';
  readonly seed: number;
}

/**
 * Of the training images, `budget` masks that hold a lesion, and at most as many empty ones: one of
 * every subject before a second of any. With the same seed a smaller budget is a subset of a larger one.
 *
 * @param lesion of each training record with a mask, whether the mask holds a lesion
 * @returns the records whose mask may be seen, in their order
 * @throws InputError if the budget is not a positive integer or no mask holds a lesion
 */
export function chooseMasked(
  { file, records }: Pick<Manifest, 'file' | 'records'>,
  lesion: ReadonlyMap<number, boolean>,
  { budget, seed }: MaskBudgetOptions,
): number[] {
  if (budget !== 'all' && !(Number.isInteger(budget) && budget >= 1)) {
    throw new InputError(
      `mask budget ${budget}: give the number of masks as an integer >= 1, or 'all'`,
    );
  }
  if (![...lesion.values()].includes(true)) {
    throw new InputError(
      `${file}: no training image has a mask with a lesion; give masks in the column mask, or put some of those images in train`,
    );
  }
  return [true, false]
    .flatMap((holds) => {
      const stream = random(seed, 'mask budget', Number(holds));
      const images = [...lesion.keys()].filter((i) => lesion.get(i) === holds);
      images.sort((a, b) => (records[a].image < records[b].image ? -1 : 1));
      const seen = new Map<string, number>();
      const turns = stream.shuffle(images).map((i) => {
        const turn = seen.get(records[i].subject) ?? 0;
        seen.set(records[i].subject, turn + 1);
        return { i, turn };
      });
      turns.sort((a, b) => a.turn - b.turn);
      return turns.slice(0, budget === 'all' ? turns.length : budget).map(({ i }) => i);
    })
    .sort((a, b) => a - b);
}
