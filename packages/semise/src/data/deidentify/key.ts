// The key of all pseudonyms: a file that the user keeps, and that nothing semise writes may hold.

import { randomBytes } from 'node:crypto';
import { readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import { unwritable } from '../../atomic.js';
import { InputError } from '../../errors.js';

/** 32 random bytes. Whoever has it can tell which pseudonym is whose. */
export type PseudonymKey = Uint8Array;

/**
 * Reads the key file; makes it, readable by its owner alone, where there is none.
 *
 * @param outside folders that the file must not be in: what is shared must not hold the key
 * @throws InputError if the file is inside one of them, is no key file, or can be read by others
 */
export async function openKey(
  file: string,
  outside: readonly string[] = [],
): Promise<PseudonymKey> {
  for (const folder of outside) {
    if (await isInside(file, folder)) {
      throw new InputError(`${file}: the key lies inside ${folder}; keep it elsewhere`);
    }
  }
  const text = `${randomBytes(32).toString('hex')}\n`;
  try {
    await writeFile(file, text, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw unwritable(file, error as NodeJS.ErrnoException);
    }
  }
  return readKey(file);
}

async function readKey(file: string): Promise<PseudonymKey> {
  const found = await stat(file);
  if (!found.isFile()) throw new InputError(`${file}: not a key file; give the name of a file`);
  if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
    throw new InputError(`${file}: others can read the key; run chmod 600 ${file}`);
  }
  const text = found.size <= 1024 ? (await readFile(file, 'latin1')).trim() : '';
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new InputError(`${file}: not a key file of semise (64 hex digits); give another name`);
  }
  return Buffer.from(text, 'hex');
}

/** Whether a file, which need not exist, lies in a folder, which need not exist either; links are followed. */
async function isInside(file: string, folder: string): Promise<boolean> {
  const real = async (path: string): Promise<string> => {
    const missing: string[] = [];
    for (let at = resolve(path); ; at = dirname(at)) {
      const found = await realpath(at).catch(() => undefined);
      if (found) return resolve(found, ...missing);
      missing.unshift(at.slice(dirname(at).length).replace(/^[/\\]/, ''));
      if (at === dirname(at)) return resolve(path);
    }
  };
  const between = relative(await real(folder), await real(file));
  return between === '' || (between !== '..' && !between.startsWith(`..${sep}`));
}
