// A file or folder of DICOM becomes a folder of de-identified files, with a report of what was removed.

import { open, readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder, unwritable, writeJson, writeWhole } from '../../atomic.js';
import { InputError } from '../../errors.js';
import { isDicom } from '../dicom/index.js';
import type { DecodeLimits } from '../dicom/limits.js';
import { deidentifyDicom } from './deidentify.js';
import { openKey } from './key.js';
import { type Action, keywordOf } from './profile.js';

export interface DeidentifyOptions {
  /** File, or folder that is read with all below it; links are not followed. */
  readonly source: string;
  /** Folder to write; it must not exist yet, or be empty. */
  readonly out: string;
  /** Key file, outside `out` and `source`; made on first use. */
  readonly key: string;
  readonly limits?: DecodeLimits;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Holds no value of any file and no name of a source: it may go where the files go. */
export interface DeidentificationReport {
  readonly profile: string;
  readonly files: number;
  readonly subjects: number;
  /** Attributes by what became of them, and in how many files. */
  readonly attributes: readonly {
    readonly tag: string;
    readonly keyword: string;
    readonly action: Action;
    readonly files: number;
  }[];
  /** By the new file's name. */
  readonly warnings: readonly { readonly file: string; readonly warning: string }[];
  /** Why files were left out, and how many. */
  readonly skipped: readonly { readonly reason: string; readonly files: number }[];
}

export interface DeidentifiedFolder {
  readonly report: DeidentificationReport;
  /** With the names of the source: for the user's eyes, not for the report. */
  readonly skipped: readonly { readonly file: string; readonly reason: string }[];
}

/**
 * De-identifies all DICOM images of a folder. Names of files and folders are pseudonyms:
 * OUT/SUBJECT/SOP-INSTANCE-UID.dcm, OUT/deidentification.json and .txt.
 *
 * @throws InputError if there is nothing to read, `out` is in use, or the key is none
 */
export async function deidentifyFolder(options: DeidentifyOptions): Promise<DeidentifiedFolder> {
  const { source, out, limits, onProgress } = options;
  const files = await listFiles(source);
  const key = await openKey(options.key, [out, source]);
  const existed = await refuseUsed(out);
  const draft = `${path.resolve(out)}.partial-${process.pid}`;
  const skipped: { file: string; reason: string }[] = [];
  const subjects = new Set<string>();
  const written = new Set<string>();
  const warnings: { file: string; warning: string }[] = [];
  const counts = new Map<string, number>();
  try {
    await makeFolder(draft).catch((error) => {
      throw unwritable(draft, error);
    });
    for (const [i, file] of files.entries()) {
      onProgress?.(i, files.length);
      try {
        const made = deidentifyDicom(await readDicomFile(file), key, limits);
        const name = `${made.subject}/${made.sopInstanceUid}.dcm`;
        if (written.has(name)) throw new InputError('has the SOP Instance UID of another file');
        await makeFolder(path.join(draft, made.subject));
        await writeWhole(path.join(draft, name), made.bytes);
        written.add(name);
        subjects.add(made.subject);
        warnings.push(...made.warnings.map((warning) => ({ file: name, warning })));
        for (const once of new Set(made.changes.map(({ tag, action }) => `${tag} ${action}`))) {
          counts.set(once, (counts.get(once) ?? 0) + 1);
        }
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        skipped.push({ file, reason: error.message });
      }
    }
    if (written.size === 0) {
      throw new InputError(
        `${source}: none of ${files.length} files is a DICOM image that can be read`,
      );
    }
    const report = reportOf(written.size, subjects.size, counts, warnings, skipped);
    await writeJson(path.join(draft, 'deidentification.json'), report);
    await writeWhole(path.join(draft, 'deidentification.txt'), describeReport(report));
    if (existed) await rmdir(out);
    await rename(draft, out);
    return { report, skipped };
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
}

/** Reads a file that begins as DICOM does; of others only the beginning. */
async function readDicomFile(file: string): Promise<Buffer> {
  const handle = await open(file).catch(() => {
    throw new InputError('cannot be opened');
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(512), 0, 512, 0);
    if (!isDicom(buffer.subarray(0, bytesRead))) throw new InputError('not a DICOM file');
    if ((await handle.stat()).size >= 2 ** 31) throw new InputError('larger than 2 GiB');
    return await readFile(file);
  } finally {
    await handle.close();
  }
}

function reportOf(
  files: number,
  subjects: number,
  counts: ReadonlyMap<string, number>,
  warnings: DeidentificationReport['warnings'],
  skipped: DeidentifiedFolder['skipped'],
): DeidentificationReport {
  const reasons = new Map<string, number>();
  for (const { reason } of skipped) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  return {
    profile:
      'DICOM PS3.15 Basic Application Level Confidentiality Profile (113100), dates modified (113107)',
    files,
    subjects,
    attributes: [...counts].sort().map(([one, count]) => {
      const [tag, action] = one.split(' ') as [string, Action];
      return { tag, keyword: keywordOf(tag), action, files: count };
    }),
    warnings,
    skipped: [...reasons].map(([reason, count]) => ({ reason, files: count })),
  };
}

const DONE: Readonly<Record<Exclude<Action, 'keep'>, string>> = {
  remove: 'removed',
  empty: 'emptied',
  dummy: 'replaced by a dummy',
  uid: 'UID replaced',
  shift: 'date shifted',
  clean: 'items cleaned',
};

/** The report as a short text. */
export function describeReport(report: DeidentificationReport): string {
  const { files, subjects, attributes, warnings, skipped } = report;
  const lines = [
    report.profile,
    `${files} files of ${subjects} subjects. Pixel data untouched; private attributes removed.`,
  ];
  for (const [action, done] of Object.entries(DONE)) {
    const names = attributes
      .filter((one) => one.action === action && one.keyword !== 'unknown attribute')
      .map(({ keyword, files: count }) => `${keyword} (${count})`);
    const unnamed = attributes.filter((one) => one.action === action).length - names.length;
    if (unnamed > 0) names.push(`${unnamed} private or unknown attributes`);
    if (names.length > 0) lines.push(`${done}: ${names.join(', ')}`);
  }
  lines.push(...warnings.map(({ file, warning }) => `look at ${file}: ${warning}`));
  lines.push(...skipped.map(({ reason, files: count }) => `left out (${count}): ${reason}`));
  return `${lines.join('\n')}\n`;
}

/** All regular files, in the order of their names. Links are not followed. */
async function listFiles(source: string): Promise<string[]> {
  const found = await stat(source).catch(() => {
    throw new InputError(`${source}: no such file or folder`);
  });
  if (found.isFile()) return [source];
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

async function refuseUsed(folder: string): Promise<boolean> {
  try {
    if ((await readdir(folder)).length > 0) {
      throw new InputError(`${folder}: the folder is not empty; remove it or choose another`);
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') {
      throw new InputError(`${folder}: is not a folder; remove it or choose another`);
    }
    throw error;
  }
}
