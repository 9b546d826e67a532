// Zip archives, read entry by entry where they lie.

import yauzl, { type Entry, type ZipFile } from 'yauzl';
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

const SYMBOLIC_LINK = 0o120000;
const KIND = 0o170000;

/**
 * Lists a zip. What is not a plain file with a decent name is refused by itself; an archive whose
 * contents would be far larger than it is refused as a whole.
 * @throws InputError, or Error if it is no zip
 */
export async function zipSource(place: string, limits: Limits): Promise<Source> {
  const zip = await openZip(place);
  const files: SourceFile[] = [];
  const refused: Refused[] = [];
  const entries = new Map<string, Entry>();
  let total = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      const path = nameOf(entry);
      if (path.endsWith('/') || isLitter(path)) continue;
      if (entries.size >= limits.files)
        throw new InputError(`${place}: holds more than ${limits.files} files; import it in parts`);
      const reason = refusal(entry, path, entries, limits);
      if (reason) {
        refused.push({ path, reason });
        continue;
      }
      total += entry.uncompressedSize;
      if (total > Math.max(2 ** 30, zip.fileSize * limits.ratio))
        throw new InputError(
          `${place}: unpacks to more than ${limits.ratio} times its size; unpack it yourself if you trust it`,
        );
      entries.set(path, entry);
      const stamp = entry.crc32.toString(16);
      files.push({ path, bytes: entry.uncompressedSize, stamp, place: null });
    }
  } finally {
    zip.close();
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return {
    folder: null,
    files,
    refused,
    async *deliver(wanted) {
      const open = await openZip(place);
      try {
        for (const file of files)
          if (wanted.has(file.path))
            yield { file, read: () => inflate(open, entries.get(file.path) as Entry) };
      } finally {
        open.close();
      }
    },
  };
}

/** The entries of a zip, e.g. the arrays of an npz, by name, and how to stream them. */
export async function openEntries(place: string, limits: Limits) {
  const zip = await openZip(place);
  const entries = new Map<string, Entry>();
  try {
    for await (const entry of zip.eachEntry()) {
      if (entries.size >= 1000) throw new Error('holds more than 1000 arrays');
      entries.set(nameOf(entry), entry);
    }
  } catch (error) {
    zip.close();
    throw error;
  }
  const entryOf = (name: string) => {
    const entry = entries.get(name);
    if (!entry) throw new Error(`has no ${name}`);
    if (entry.isEncrypted()) throw new Error(`${name} is encrypted`);
    return entry;
  };
  return {
    names: [...entries.keys()],
    stream: (name: string) => zip.openReadStreamPromise(entryOf(name)),
    read: async (name: string) => {
      const entry = entryOf(name);
      if (entry.uncompressedSize > limits.fileBytes) throw tooLarge(entry.uncompressedSize, limits);
      return inflate(zip, entry);
    },
    close: () => zip.close(),
  };
}

// Names are decoded here, so that one bad name refuses its entry and not the archive.
const OPTIONS: yauzl.Options = { lazyEntries: true, autoClose: false, decodeStrings: false };

const openZip = (place: string): Promise<ZipFile> => yauzl.openPromise(place, OPTIONS);

/** The bytes of an entry; yauzl stops where they become more than the entry declares. */
async function inflate(zip: ZipFile, entry: Entry): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>)
    chunks.push(chunk);
  return Buffer.concat(chunks);
}

/**
 * The sum of what a zip in memory unpacks to, found by unpacking it.
 * @throws Error if it is no zip, is damaged, or unpacks to more than `most` bytes
 */
export async function unpackedBytes(bytes: Buffer, most: number): Promise<number> {
  const zip = await yauzl.fromBufferPromise(bytes, OPTIONS);
  let total = 0;
  for await (const entry of zip.eachEntry())
    for await (const chunk of (await zip.openReadStreamPromise(entry)) as AsyncIterable<Buffer>) {
      total += chunk.length;
      if (total > most) throw new Error(`unpacks to more than ${most} bytes`);
    }
  return total;
}

function refusal(
  entry: Entry,
  path: string,
  known: ReadonlyMap<string, Entry>,
  limits: Limits,
): string | null {
  const { compressedSize, uncompressedSize, compressionMethod } = entry;
  const bad = badName(path);
  if (bad) return bad;
  if (((entry.externalFileAttributes >>> 16) & KIND) === SYMBOLIC_LINK) return 'is a symbolic link';
  if (entry.isEncrypted()) return 'is encrypted';
  if (compressionMethod !== 0 && compressionMethod !== 8)
    return `is compressed by method ${compressionMethod}, which is not supported`;
  if (known.has(path)) return 'stands twice in the archive';
  if (uncompressedSize > limits.fileBytes) return tooLarge(uncompressedSize, limits).message;
  // Deflate packs at most about 1000 to 1, and only nothing at all packs so well.
  if (uncompressedSize > 2 ** 24 && uncompressedSize > 500 * compressedSize)
    return `unpacks ${compressedSize} bytes to ${uncompressedSize}`;
  return null;
}

const nameOf = (entry: Entry): string =>
  yauzl
    .getFileNameLowLevel(
      entry.generalPurposeBitFlag,
      entry.fileNameRaw ?? (entry.fileName as unknown as Buffer),
      entry.extraFields,
      false,
    )
    .replaceAll('\\', '/');
