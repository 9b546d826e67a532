// What monitoring keeps of an image: four families of features that drift for different reasons. After
// MMC+ (Soin et al., arXiv 2202.02833; Merkow et al., arXiv 2410.13174): metadata, the image itself,
// its embedding, and what the model says of it.

import type { ImageStatistics } from '../drift/index.js';

export const FAMILIES = ['metadata', 'image', 'embedding', 'output'] as const;
export type Family = (typeof FAMILIES)[number];

/** One image as monitoring sees it. */
export interface Observation {
  /** As labels.csv names it. */
  readonly image: string;
  readonly subject: string;
  /** How it was taken and filed: DICOM tags, format and size, columns of labels.csv. '' = not told. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly statistics: ImageStatistics;
  /** Brightness of each cell of a grid. */
  readonly places: Float32Array;
  readonly embedding: Float32Array;
  /** The model's grade, severity score and probabilities. */
  readonly predicted: number;
  readonly score: number;
  readonly probabilities: readonly number[];
}

export interface MetadataField {
  readonly name: string;
  /** Numbers are compared by Kolmogorov-Smirnov, categories by their shares. */
  readonly kind: 'number' | 'category';
}

/** 2026-11-27, 20261127, with or without a time. */
const DATE = /^(19|20)\d\d([-/.]?)(0[1-9]|1[0-2])\2([0-2]\d|3[01])(\D|$)/;
/** Categories up to which a column is one; beyond, it names things (an examination, a date). */
const MOST_CATEGORIES = 20;

/**
 * The metadata that can be watched: numbers and categories that come back. Left out are columns of
 * one text an image, such as dates and identifiers: every week brings new ones.
 *
 * @param wanted names, instead of all that can be watched
 */
export function watchedMetadata(
  reference: readonly Observation[],
  wanted?: readonly string[],
): MetadataField[] {
  const names = wanted ?? [...new Set(reference.flatMap(({ metadata }) => Object.keys(metadata)))];
  return names.flatMap((name): MetadataField[] => {
    const told = reference.map(({ metadata }) => metadata[name] ?? '').filter(Boolean);
    if (!wanted && told.length > 0 && told.every((text) => DATE.test(text))) return [];
    const distinct = new Set(told);
    if (distinct.size <= MOST_CATEGORIES && !(told.every(isNumber) && distinct.size > 5))
      return [{ name, kind: 'category' }];
    const numbered = told.every(isNumber) && (distinct.size < told.length || !told.every(isWhole));
    return numbered || (wanted && told.every(isNumber))
      ? [{ name, kind: 'number' }]
      : wanted
        ? [{ name, kind: 'category' }]
        : [];
  });
}

const isNumber = (text: string): boolean => text.trim() !== '' && Number.isFinite(Number(text));
const isWhole = (text: string): boolean => Number.isInteger(Number(text));

/** A number that is not told, or none, stands below all others, so that more of them show. */
export const numberOf = (text: string | undefined): number =>
  text !== undefined && isNumber(text) ? Number(text) : -Number.MAX_VALUE;
