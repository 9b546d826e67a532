// Our side: bench/dist/ours.js in a Node process.

import { fileURLToPath } from 'node:url';
import type { Case } from './cases.js';
import { openSide, type Side, type SideOptions } from './side.js';

const SCRIPT = fileURLToPath(new URL('./ours.js', import.meta.url));

/** @param profile file prefix of ONNX Runtime's profile, written when the side is closed */
export const openOurs = (
  c: Case,
  folder: string,
  options: SideOptions,
  profile?: string,
): Promise<Side> =>
  openSide(
    process.execPath,
    [SCRIPT, JSON.stringify(c), folder, ...(profile ? [profile] : [])],
    options,
  );
