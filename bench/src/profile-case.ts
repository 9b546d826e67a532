// Profiles our side of a case.

import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Case } from './cases.js';
import { openOurs } from './own.js';
import { printProfile, readProfile } from './profile.js';
import type { SideOptions } from './side.js';

const WARM_UPS = 3;
const STEPS = 10;

export async function profileCase(c: Case, folder: string, options: SideOptions): Promise<string> {
  const own = await mkdtemp(join(folder, 'profile-'));
  const side = await openOurs(c, folder, options, join(own, 'step'));
  await side.turn(WARM_UPS + STEPS);
  await side.close();
  return printProfile(await readProfile(own, WARM_UPS));
}
