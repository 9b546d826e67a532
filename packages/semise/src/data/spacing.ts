// The distance between pixels, where labels.csv tells it.

import { InputError } from '../errors.js';
import type { ImageRecord, Manifest } from './manifest.js';

/**
 * The `spacing` column: mm between pixel centres of the stored image, one number, or down x across
 * ("0.3x0.2").
 * @returns [down, across], null where the column is absent or empty
 * @throws InputError naming the line
 */
export function spacingOf(
  { file }: Pick<Manifest, 'file'>,
  { attributes, line }: ImageRecord,
): [number, number] | null {
  const text = attributes.spacing?.trim();
  if (!text) return null;
  const parts = text.split(/\s*[x×]\s*/).map(Number);
  if (parts.length > 2 || !parts.every((v) => v > 0 && Number.isFinite(v))) {
    throw new InputError(
      `${file}:${line}: spacing "${text}" is not a distance in mm; write 0.2, or down x across as 0.3x0.2`,
    );
  }
  return [parts[0], parts[1] ?? parts[0]];
}
