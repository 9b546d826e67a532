// Files appear whole or not at all.

import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
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

export const exists = (place: string): Promise<boolean> =>
  stat(place).then(
    () => true,
    () => false,
  );

/** @throws InputError if there is something already */
export async function refuseExisting(place: string, cure = 'give another --out'): Promise<void> {
  if (await exists(place)) throw new InputError(`${place}: already exists; ${cure}`);
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

/**
 * A folder that appears with all that `fill` writes into it, or not at all.
 * @throws InputError if the place cannot be written to
 */
export async function wholeFolder(
  folder: string,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${folder}.${randomUUID()}.tmp`;
  try {
    await makeFolder(temporary);
    await fill(temporary);
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    throw unwritable(folder, error as NodeJS.ErrnoException);
  }
}

/**
 * Makes a folder and those above it; one that is there is left as it is. Node's own
 * `mkdir(recursive)` never returns below /proc (seen in Node 20).
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return;
    const above = dirname(folder);
    if (code !== 'ENOENT' || above === folder || (await isThere(above))) throw error;
    await makeFolder(above);
    await makeFolder(folder);
  }
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
