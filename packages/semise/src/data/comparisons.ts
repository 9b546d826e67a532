// comparisons.csv: an expert saw two images and said which one is the more severe.

import { dirname, resolve } from 'node:path';
import { InputError } from '../errors.js';
import type { Manifest } from './manifest.js';
import { listed, readTable } from './table.js';

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
 * Reads comparisons.csv: `more_severe`, `less_severe` (images, by a path relative to this file or
 * by the name that labels.csv gives them), optional `rater`, `weight` in (0, 1] (empty = 1) and
 * `tie` (1 = equal, 0 or empty = not). Contradicting answers are kept: raters disagree.
 *
 * @throws InputError on wrong columns, images that the manifest does not hold (all at once), an
 *   image compared with itself, a weight outside (0, 1] or a tie that is neither 0 nor 1
 */
export async function readComparisons(file: string, manifest: Manifest): Promise<Comparison[]> {
  const rows = await readTable(file, REQUIRED, OPTIONAL);
  const folder = dirname(resolve(file));
  const byPath = new Map(manifest.records.map(({ path }, i) => [path, i]));
  const byName = new Map(manifest.records.map(({ image }, i) => [image, i]));
  const find = (name: string) => byPath.get(resolve(folder, name)) ?? byName.get(name);

  const unknown = rows.flatMap(({ values, line }) =>
    [values.more_severe, values.less_severe]
      .filter((name) => find(name) === undefined)
      .map((name) => `"${name}" (line ${line})`),
  );
  if (unknown.length > 0)
    throw new InputError(
      `${file}: ${unknown.length} images are not in ${manifest.file}: ${listed(unknown)}; ` +
        `name images as ${manifest.file} does, or drop the rows`,
    );

  return rows.map(({ values, line }) => {
    const { more_severe, less_severe, rater = '', weight = '', tie = '' } = values;
    const moreSevere = find(more_severe)!;
    const lessSevere = find(less_severe)!;
    if (moreSevere === lessSevere)
      throw new InputError(
        `${file}:${line}: ${more_severe} is compared with itself; name two images or drop the row`,
      );
    if (weight !== '' && !(Number(weight) > 0 && Number(weight) <= 1))
      throw new InputError(
        `${file}:${line}: weight "${weight}" is not in (0, 1]; mend it, or leave it empty for 1`,
      );
    if (!['', '0', '1'].includes(tie))
      throw new InputError(
        `${file}:${line}: tie "${tie}" is unknown; write 1 for equally severe, else 0 or nothing`,
      );
    return {
      moreSevere,
      lessSevere,
      rater,
      weight: weight === '' ? 1 : Number(weight),
      tie: tie === '1',
    };
  });
}
