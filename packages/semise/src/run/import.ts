// Taking in what is no labels.csv yet, with its quality report; by itself, and ahead of a training.

import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { exists } from '../atomic.js';
import { type ImportOptions, type ImportResult, importImages } from '../data/import/index.js';
import { InputError } from '../errors.js';
import type { Language } from '../report/language.js';
import { renderQuality } from '../report/quality.js';

/**
 * Takes in a source, and writes quality.html beside quality.json.
 * @param language of that page; English unless told
 * @throws as `importImages`
 */
export const importSource = (
  options: Omit<ImportOptions, 'render'>,
  language?: Language,
): Promise<ImportResult> =>
  importImages({ ...options, render: (quality) => renderQuality(quality, language) });

/** Where the images of a run lie that was trained from a folder: beside the run's own folder. */
export const importedFolder = (out: string): string => `${resolve(out)}-data`;

/**
 * The labels.csv to train from: the one given, or that in a folder, or what comes of taking in the
 * folder or archive.
 *
 * @throws as `importImages`; InputError if images of an earlier import lie where these shall come
 */
export async function labelsFrom(
  options: Omit<ImportOptions, 'render' | 'out'>,
  out: string,
  language?: Language,
): Promise<string> {
  const { source, grades, preset } = options;
  const plain = !grades && !preset;
  const isFile = (path: string) =>
    stat(path)
      .then((found) => found.isFile())
      .catch(() => false);
  if (plain && /\.(csv|tsv)$/i.test(source)) return source;
  // What is not there is told by the reader of labels.csv.
  if (plain && !(await exists(source))) return source;
  const own = join(source, 'labels.csv');
  if (plain && (await isFile(own))) return own;
  const folder = importedFolder(out);
  if (await exists(folder))
    throw new InputError(
      `${folder}: holds images of an earlier import; train from ${join(folder, 'labels.csv')}, or remove it`,
    );
  return (await importSource({ ...options, out: folder }, language)).labels;
}
