// What the sources of an import have in common: the files they hold, and those that are refused unread.

import type { Limits } from '../decode/picture.js';

export interface SourceFile {
  /** Within the source, parted by `/`. */
  readonly path: string;
  readonly bytes: number;
  /** Changes when the file does. */
  readonly stamp: string;
  /** Where the file lies by itself; null inside an archive. */
  readonly place: string | null;
}

/** Something that will not be read, and why. */
export interface Refused {
  readonly path: string;
  readonly reason: string;
}

export interface Delivered {
  readonly file: SourceFile;
  /** @throws Error with the reason, if the bytes cannot be had or are more than the limit */
  read(): Promise<Buffer>;
}

export interface Source {
  /** The folder that paths on disk are relative to; null for an archive. */
  readonly folder: string | null;
  readonly files: readonly SourceFile[];
  readonly refused: readonly Refused[];
  /** The wanted files, in the source's own order. Read each before asking for the next one. */
  deliver(wanted: ReadonlySet<string>): AsyncIterable<Delivered>;
}

/** What operating systems and archivers leave behind. */
const LITTER = /(^|\/)(\.(?!\.?(\/|$))[^/]*|__MACOSX|Thumbs\.db|desktop\.ini|DICOMDIR)(\/|$)/i;
export const isLitter = (path: string): boolean => LITTER.test(path);

export const tooLarge = (bytes: number, { fileBytes }: Limits): Error =>
  new Error(`is ${bytes} bytes, more than the ${fileBytes} allowed`);

/** Why a name inside an archive is not to be trusted, or null. */
export function badName(path: string): string | null {
  if (path === '') return 'has no name';
  if (path.includes('\0')) return 'has a zero byte in its name';
  if (/^[/\\]|^[a-z]:/i.test(path)) return 'has an absolute path';
  if (path.split(/[/\\]/).includes('..')) return 'leads out of the archive';
  return null;
}

/** One file alone. @throws Error with the reason, if it cannot be had */
export async function readOne(source: Source, path: string): Promise<Buffer> {
  for await (const delivered of source.deliver(new Set([path]))) return delivered.read();
  throw new Error(`${path} went away`);
}
