// Whether our train step keeps to its memory.

import type { Case } from './cases.js';
import { openOurs } from './own.js';
import type { SideOptions } from './side.js';

/** Resident memory of our process, MB, after 50 and after 500 steps of a case. */
export async function growth(c: Case, folder: string, options: SideOptions) {
  const side = await openOurs(c, folder, options);
  try {
    await side.turn(50);
    const after50 = await side.memory();
    await side.turn(450);
    return { after50, after500: await side.memory() };
  } finally {
    await side.close();
  }
}
