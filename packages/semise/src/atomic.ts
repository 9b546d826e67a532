// Files appear whole or not at all.

import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { InputError } from './errors.js';

/**
 * Writes under a temporary name and renames.
 * @throws InputError if the place cannot be written to
 */
export async function writeWhole(file: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, content);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw unwritable(file, error as NodeJS.ErrnoException);
  }
}

/** Why a file cannot be written, where that is the user's to mend; else the error itself. */
export function unwritable(file: string, error: NodeJS.ErrnoException): Error {
  const { code = '' } = error;
  const cure = {
    ENOENT: 'its folder does not exist; create it first',
    ENOTDIR: 'its folder is a file; give another place',
    EISDIR: 'is a folder; give the name of a file',
    EACCES: 'no right to write there; give another place',
    EPERM: 'no right to write there; give another place',
    EROFS: 'the disk is read-only; give another place',
    ENOSPC: 'the disk is full; free space',
  }[code];
  return cure ? new InputError(`${file}: ${cure}`) : error;
}

export const writeJson = (file: string, value: unknown): Promise<void> =>
  writeWhole(file, `${JSON.stringify(value, null, 2)}\n`);
