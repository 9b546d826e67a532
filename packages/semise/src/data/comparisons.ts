// comparisons.csv: an expert saw two images and said which one is the more severe.

import { dirname, resolve } from 'node:path';
import { InputError } from '../errors.js';
import type { Manifest } from './manifest.js';
import { listed, readTable } from './table.js';

/** A line of comparisons.csv, images by name. */
export interface ComparisonRow {
  /** As written in the file. */
  readonly moreSevere: string;
  /** As written in the file. */
  readonly lessSevere: string;
  /** Who compared; empty where the file does not say. */
  readonly rater: string;
  /** Trust in the answer, in (0, 1]. */
  readonly weight: number;
  /** True where the rater held both to be equally severe. */
  readonly tie: boolean;
  /** Line in the file, the header is line 1. */
  readonly line: number;
}

export interface Comparison {
  /** Index into the manifest's records. */
  readonly moreSevere: number;
  /** Index into the manifest's records. */
  readonly lessSevere: number;
  /** Who compared; empty where the file does not say. */
  readonly rater: string;
  /** Trust in the answer, in (0, 1]. */
  readonly weight: number;
  /** True where the rater held both to be equally severe. */
  readonly tie: boolean;
}

const REQUIRED = ['more_severe', 'less_severe'];
const OPTIONAL = ['rater', 'weight', 'tie'];

/**
 * Reads comparisons.csv: `more_severe`, `less_severe` (images), optional `rater`, `weight` in (0, 1]
 * (empty = 1) and `tie` (1 = equal, 0 or empty = not). Contradicting answers are kept: raters disagree.
 *
 * @throws InputError on wrong columns, an image compared with itself, a weight outside (0, 1] or a tie
 *   that is neither 0 nor 1
 */
export async function readComparisonRows(file: string): Promise<ComparisonRow[]> {
  const rows = await readTable(file, REQUIRED, OPTIONAL);
  return rows.map(({ values, line }) => {
    const { more_severe, less_severe, rater = '', weight = '', tie = '' } = values;
    if (more_severe === less_severe) throw comparedWithItself(file, line, more_severe);
    if (weight !== '' && !(Number(weight) > 0 && Number(weight) <= 1))
      throw new InputError(
        `${file}:${line}: weight "${weight}" is not in (0, 1]; mend it, or leave it empty for 1`,
      );
    if (!['', '0', '1'].includes(tie))
      throw new InputError(
        `${file}:${line}: tie "${tie}" is unknown; write 1 for equally severe, else 0 or nothing`,
      );
    return {
      moreSevere: more_severe,
      lessSevere: less_severe,
      rater,
      weight: weight === '' ? 1 : Number(weight),
      tie: tie === '1',
      line,
    };
  });
}

/**
 * Finds the images of comparisons in a manifest: by a path relative to this file, or by the name that
 * labels.csv gives them.
 *
 * @throws InputError as `readComparisonRows`, and on images that the manifest does not hold (all at once)
 */
export async function readComparisons(file: string, manifest: Manifest): Promise<Comparison[]> {
  const rows = await readComparisonRows(file);
  const find = imageFinder(file, manifest);
  const unknown = rows.flatMap(({ moreSevere, lessSevere, line }) =>
    [moreSevere, lessSevere]
      .filter((name) => find(name) === undefined)
      .map((name) => `"${name}" (line ${line})`),
  );
  if (unknown.length > 0)
    throw new InputError(
      `${file}: ${unknown.length} images are not in ${manifest.file}: ${listed(unknown)}; ` +
        `name images as ${manifest.file} does, or drop the rows`,
    );

  return rows.map(({ line, ...row }) => {
    const moreSevere = find(row.moreSevere)!;
    const lessSevere = find(row.lessSevere)!;
    if (moreSevere === lessSevere) throw comparedWithItself(file, line, row.moreSevere);
    return { ...row, moreSevere, lessSevere };
  });
}

/** Which record an image of a file is, by a path relative to the file or by the manifest's own name. */
export function imageFinder(
  file: string,
  { records }: Manifest,
): (name: string) => number | undefined {
  const folder = dirname(resolve(file));
  const byPath = new Map(records.map(({ path }, i) => [path, i]));
  const byName = new Map(records.map(({ image }, i) => [image, i]));
  return (name) => byPath.get(resolve(folder, name)) ?? byName.get(name);
}

const comparedWithItself = (file: string, line: number, name: string): InputError =>
  new InputError(
    `${file}:${line}: ${name} is compared with itself; name two images or drop the row`,
  );
