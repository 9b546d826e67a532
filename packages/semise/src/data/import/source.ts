// Where files come from: a folder, a zip, a tar (plain or gzipped), or one file alone. Archives are
// streamed: nothing of them is written under a name that they chose.

import { createReadStream } from 'node:fs';
import { lstat, open, readdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { InputError } from '../../errors.js';
import { formatOf, HEAD } from '../decode/format.js';
import type { Limits } from '../decode/picture.js';
import { isLitter, type Refused, type Source, type SourceFile, tooLarge } from './files.js';
import { tarSource } from './tar.js';
import { zipSource } from './zip.js';

/**
 * Opens a source and lists it.
 * @param without absolute paths of folders to leave out, e.g. the one being written
 * @throws InputError if there is nothing at the path, or it holds more files than the limit
 */
export async function openSource(
  path: string,
  limits: Limits,
  without: readonly string[] = [],
): Promise<Source> {
  const place = resolve(path);
  const found = await realpath(place)
    .then((real) => lstat(real))
    .catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR')
        throw new InputError(`${path}: no such file or folder; give a folder, archive or image`);
      throw new InputError(`${path}: cannot be read (${error.code}); give a readable one`);
    });
  if (found.isDirectory()) return folderSource(await realpath(place), limits, without);
  const handle = await open(place, 'r').catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`${path}: cannot be read (${error.code}); give a readable file`);
  });
  const head = Buffer.alloc(HEAD);
  await handle.read(head, 0, HEAD, 0).finally(() => handle.close());
  const format = formatOf(basename(place), head);
  try {
    if (format === 'zip') return await zipSource(place, limits);
    if (format === 'tar' || format === 'gzip')
      return await tarSource(() => createReadStream(place), found.size, format, limits);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(
      `${path}: cannot be read as ${format} (${(error as Error).message}); get it anew, or unpack it`,
    );
  }
  const file: SourceFile = {
    path: basename(place),
    bytes: found.size,
    stamp: `${found.mtimeMs} ${found.size}`,
    place,
  };
  return onDisk(dirname(place), [file], [], limits);
}

async function folderSource(
  root: string,
  limits: Limits,
  without: readonly string[],
): Promise<Source> {
  const files: SourceFile[] = [];
  const refused: Refused[] = [];
  const left = new Set(without);
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(
      (error: NodeJS.ErrnoException) => {
        refused.push({ path: folder, reason: `folder cannot be read (${error.code})` });
        return [];
      },
    );
    for (const entry of entries) {
      const path = folder ? `${folder}/${entry.name}` : entry.name;
      const place = join(root, path);
      if (isLitter(path) || left.has(place)) continue;
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isSymbolicLink()) refused.push({ path, reason: 'is a symbolic link' });
      else if (entry.isFile()) {
        const stats = await lstat(place).catch(() => null);
        if (!stats) refused.push({ path, reason: 'went away' });
        else
          files.push({ path, bytes: stats.size, stamp: `${stats.mtimeMs} ${stats.size}`, place });
      } else refused.push({ path, reason: 'is no regular file' });
      if (files.length > limits.files)
        throw new InputError(`${root}: holds more than ${limits.files} files; import it in parts`);
    }
  }
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  return onDisk(root, files, refused, limits);
}

function onDisk(
  folder: string,
  files: readonly SourceFile[],
  refused: readonly Refused[],
  limits: Limits,
): Source {
  return {
    folder,
    files,
    refused,
    async *deliver(wanted) {
      for (const file of files) {
        if (!wanted.has(file.path)) continue;
        yield {
          file,
          read: () => {
            if (file.bytes > limits.fileBytes) return Promise.reject(tooLarge(file.bytes, limits));
            return readFile(file.place as string).catch((error: NodeJS.ErrnoException) => {
              throw new Error(`cannot be read (${error.code})`);
            });
          },
        };
      }
    },
  };
}
