// For tests: a folder that goes away with the test file, the image cache within it.

import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

/** Call once at the top of a test file. @returns the folder's path */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'semise-test-'));
  process.env.SEMISE_CACHE = join(folder, 'cache');
  after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
