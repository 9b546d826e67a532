// What an import has done so far, a line a file, so that one that was killed goes on where it stopped.

import { createReadStream } from 'node:fs';
import { appendFile, truncate } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import type { Print } from '../duplicates.js';
import type { Measured } from './measure.js';

/** A picture as it was taken in. */
export interface Taken {
  /** Path of the source file. */
  readonly path: string;
  /** Tells the pictures of one file apart. */
  readonly part: string;
  /** Written picture and mask, relative to the output folder; null where the source's own file serves. */
  readonly image: string | null;
  readonly mask: string | null;
  readonly spacing: readonly [rows: number, columns: number] | null;
  readonly measured: Measured;
  /** What the file itself says; nothing that names a patient. */
  readonly fields: Readonly<Record<string, string>>;
  /** Hashed, of DICOM files. */
  readonly patient: string | null;
  readonly uids: readonly string[];
  /** Days of the study, counted from an unknown day that is the patient's own. */
  readonly day: number | null;
}

/** All that came of a source file. */
export interface Done {
  readonly path: string;
  readonly stamp: string;
  readonly taken: readonly Taken[];
  /** Why it could not be read, else null. */
  readonly reason: string | null;
}

/** The files done, by path; a last line that was cut short is cut off. */
export async function readJournal(file: string): Promise<Map<string, Done>> {
  const done = new Map<string, Done>();
  let whole = 0;
  try {
    const lines = createInterface({ input: createReadStream(file), crlfDelay: Infinity });
    for await (const line of lines) {
      try {
        const entry = revive(JSON.parse(line));
        done.set(entry.path, entry);
      } catch {
        break;
      }
      whole += Buffer.byteLength(line) + 1;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return done;
    throw error;
  }
  await truncate(file, whole);
  return done;
}

export const appendJournal = (file: string, done: Done): Promise<void> =>
  appendFile(file, `${JSON.stringify(done, base64)}\n`);

const base64 = (_: string, value: unknown) =>
  value instanceof Uint32Array
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
    : value;

type Stored = Omit<Done, 'taken'> & {
  taken: (Omit<Taken, 'measured'> & {
    measured: Omit<Measured, 'print'> & {
      print: Omit<Print, 'detail'> & { detail: string };
    };
  })[];
};

function revive(stored: Stored): Done {
  return {
    ...stored,
    taken: stored.taken.map((taken) => {
      const { detail, ...hashed } = taken.measured.print;
      if (!hashed.hashes) throw new Error('a line of an earlier version: that file is done anew');
      const bytes = Uint8Array.from(Buffer.from(detail, 'base64'));
      return {
        ...taken,
        measured: {
          ...taken.measured,
          print: { ...hashed, detail: new Uint32Array(bytes.buffer) },
        },
      };
    }),
  };
}
