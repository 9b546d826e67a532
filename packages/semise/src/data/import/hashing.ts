// Names that tell nothing: a keyed hash in place of patients, files and folders.
//
// HMAC-SHA-256 (RFC 2104), cut to 64 bits. Who has no key cannot find the patient by hashing all
// numbers that a hospital gives; who has it can link two imports.

import { createHmac, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { writeWhole } from '../../atomic.js';
import { InputError } from '../../errors.js';

export type Hash = (purpose: 'subject' | 'file' | 'uid' | 'site' | 'days', value: string) => string;

/** @param key 16 bytes or more */
export const keyedHash =
  (key: Buffer): Hash =>
  (purpose, value) =>
    createHmac('sha256', key).update(`${purpose}\0${value.trim()}`).digest('hex').slice(0, 16);

/** The key of this user, where none is given. */
export function defaultKeyFile(): string {
  const { XDG_CONFIG_HOME } = process.env;
  return join(XDG_CONFIG_HOME || join(homedir(), '.config'), 'semise', 'key');
}

/**
 * The key in a file, whatever its bytes are; a new one of 32 random bytes, readable by its owner
 * alone, if there is no file.
 *
 * @param out the folder being written, in which the key must not lie
 * @throws InputError if the file cannot be read or written, is too short, or lies within `out`
 */
export async function openKey(file: string, out: string): Promise<Buffer> {
  const place = resolve(file);
  if (!relative(resolve(out), place).startsWith('..'))
    throw new InputError(
      `${file}: the key must not lie in ${out}; whoever gets that must not get it`,
    );
  const key = await readFile(place).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT')
      throw new InputError(`${file}: cannot be read (${error.code}); give a readable key file`);
    const fresh = Buffer.from(`${randomBytes(32).toString('hex')}\n`);
    await mkdir(dirname(place), { recursive: true, mode: 0o700 }).catch(() => {});
    await writeWhole(place, fresh);
    await chmod(place, 0o600);
    return fresh;
  });
  if (key.length < 16)
    throw new InputError(`${file}: a key of ${key.length} bytes is too short; give 16 or more`);
  return key;
}
