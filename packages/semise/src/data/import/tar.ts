// Tar archives, plain or gzipped: read from front to back as often as needed, never unpacked.

import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import tar, { type Header } from 'tar-stream';
import { InputError } from '../../errors.js';
import type { Limits } from '../decode/picture.js';
import {
  badName,
  isLitter,
  type Refused,
  type Source,
  type SourceFile,
  tooLarge,
} from './files.js';

/**
 * Lists a tar.
 * @param open the archive from its start, anew at each call
 * @param size bytes of the archive
 * @throws InputError, or Error if it is no tar or cut short
 */
export async function tarSource(
  open: () => Readable,
  size: number,
  format: 'tar' | 'gzip',
  limits: Limits,
): Promise<Source> {
  const files: SourceFile[] = [];
  const refused: Refused[] = [];
  const known = new Set<string>();
  let total = 0;
  for await (const entry of entriesOf(open(), format)) {
    const { name, type, size: bytes = 0, mtime } = entry.header;
    entry.resume();
    total += bytes;
    if (total > Math.max(2 ** 30, size * limits.ratio))
      throw new InputError(
        `the tar unpacks to more than ${limits.ratio} times its size; unpack it yourself if you trust it`,
      );
    const path = name.replaceAll('\\', '/').replace(/^(\.\/)+/, '');
    if (type === 'directory' || isLitter(path)) continue;
    if (files.length >= limits.files)
      throw new InputError(`the tar holds more than ${limits.files} files; import it in parts`);
    const reason =
      badName(path) ??
      (type === 'symlink' || type === 'link' ? 'is a link' : null) ??
      (type !== 'file' && type !== 'contiguous-file' ? `is a ${type}` : null) ??
      (known.has(path) ? 'stands twice in the archive' : null) ??
      (bytes > limits.fileBytes ? tooLarge(bytes, limits).message : null);
    if (reason) refused.push({ path, reason });
    else {
      known.add(path);
      files.push({ path, bytes, stamp: String(mtime?.getTime() ?? 0), place: null });
    }
  }
  const byPath = new Map(files.map((file) => [file.path, file]));
  return {
    folder: null,
    files: [...files].sort((a, b) => (a.path < b.path ? -1 : 1)),
    refused,
    async *deliver(wanted) {
      const seen = new Set<string>();
      for await (const entry of entriesOf(open(), format)) {
        const path = entry.header.name.replaceAll('\\', '/').replace(/^(\.\/)+/, '');
        const file = byPath.get(path);
        if (!file || !wanted.has(path) || seen.has(path) || entry.header.type === 'symlink') {
          entry.resume();
          continue;
        }
        seen.add(path);
        const chunks: Buffer[] = [];
        for await (const chunk of entry) chunks.push(chunk);
        const bytes = Buffer.concat(chunks);
        yield { file, read: () => Promise.resolve(bytes) };
      }
    },
  };
}

type Entry = AsyncIterable<Buffer> & { readonly header: Header; resume(): void };

async function* entriesOf(input: Readable, format: 'tar' | 'gzip'): AsyncIterable<Entry> {
  const extract = tar.extract();
  const ignore = () => {}; // the error arrives where the entries are read
  if (format === 'gzip') pipeline(input, createGunzip(), extract, ignore);
  else pipeline(input, extract, ignore);
  try {
    for await (const entry of extract) yield entry as unknown as Entry;
  } finally {
    input.destroy();
  }
}
