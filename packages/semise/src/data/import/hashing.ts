// Names that tell nothing: keyed pseudonyms in place of patients, files and folders, the same as those of
// `semise deidentify` with the same key.

import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { nameHash, type PseudonymKey, shiftDays, subjectHash } from '../deidentify/index.js';

export interface Hash {
  /** Of a patient. */
  subject(patient: string): string;
  /** Of anything else that could name somebody: a file, a site, a UID. */
  name(text: string): string;
  /** Days by which all dates of a patient are moved into the past. */
  shiftDays(patient: string): number;
}

export const hashBy = (key: PseudonymKey): Hash => ({
  subject: (patient) => subjectHash(key, patient),
  name: (text) => nameHash(key, text),
  shiftDays: (patient) => shiftDays(key, patient),
});

/** Where the key of this user lies, who has given none; its folder is made. */
export async function defaultKeyFile(): Promise<string> {
  const { XDG_CONFIG_HOME } = process.env;
  const file = join(XDG_CONFIG_HOME || join(homedir(), '.config'), 'semise', 'key');
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  return file;
}
