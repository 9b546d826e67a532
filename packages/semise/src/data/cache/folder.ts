// Where decoded images are kept on this machine, and what else may lie there.

import { readdir, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../../errors.js';

/** `SEMISE_CACHE`, `$XDG_CACHE_HOME/semise` or `~/.cache/semise`. */
export function defaultCacheFolder(): string {
  const { SEMISE_CACHE, XDG_CACHE_HOME } = process.env;
  return SEMISE_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'semise');
}

const UNWRITABLE = ['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT', 'ENOTDIR', 'ENOENT'];

/** The error of a cache that cannot be written, in the user's words; any other as it is. */
export function cacheError(folder: string, error: NodeJS.ErrnoException): Error {
  if (!UNWRITABLE.includes(error.code ?? '')) return error;
  return new InputError(
    `${folder}: cannot keep decoded images there (${error.code}); ` +
      'free space, or name another folder in the environment variable SEMISE_CACHE',
  );
}

/** Removes what processes killed more than a day ago left behind. */
export async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.tmp')) continue;
    const left = join(folder, name);
    const { mtimeMs } = await stat(left).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (Date.now() - mtimeMs > 24 * 3600 * 1000) await rm(left, { recursive: true, force: true });
  }
}
