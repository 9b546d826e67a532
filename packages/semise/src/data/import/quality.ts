// quality.json: what an import found, and what will be used.

import { groupsOf, nearDuplicates } from '../duplicates.js';
import type { Split } from '../manifest.js';
import type { Refused } from './files.js';
import type { Measured } from './measure.js';

/** A picture with all that is known of it. */
export interface Imported {
  /** As in labels.csv. */
  readonly image: string;
  readonly subject: string;
  readonly grade: number | null;
  readonly split: Split | null;
  readonly site: string;
  readonly mask: string | null;
  readonly spacing: readonly [rows: number, columns: number] | null;
  readonly attributes: Readonly<Record<string, string>>;
  readonly measured: Measured;
}

export interface Counted {
  readonly name: string;
  readonly images: number;
  readonly subjects: number;
}

/** The same picture more than once. */
export interface DuplicateGroup {
  readonly images: readonly string[];
  readonly subjects: number;
  /** Different ones, '' where there is none. */
  readonly splits: readonly string[];
  /** Different ones, ungraded left out. */
  readonly grades: readonly number[];
  /** Of the least alike of the pairs found in it; 1 where all are the same. */
  readonly agreement: number;
}

export interface Quality {
  readonly source: string;
  readonly images: number;
  readonly graded: number;
  readonly subjects: number;
  readonly masks: number;
  readonly byGrade: readonly Counted[];
  readonly bySplit: readonly Counted[];
  readonly bySite: readonly Counted[];
  /** Sizes and depths, the most frequent first. */
  readonly formats: readonly {
    readonly width: number;
    readonly height: number;
    readonly channels: number;
    readonly bits: number;
    readonly images: number;
  }[];
  readonly unreadable: readonly Refused[];
  /** Left out: every pixel has the same value, or nearly. */
  readonly blank: readonly string[];
  /** More than 30 % of the pixels at the highest value. */
  readonly saturated: readonly string[];
  /** Far less sharp than the other pictures. */
  readonly blurred: readonly string[];
  readonly exactDuplicates: readonly DuplicateGroup[];
  /** Alike but not equal; what is equal is in `exactDuplicates`. */
  readonly nearDuplicates: readonly DuplicateGroup[];
  /** Duplicates, exact or near, in more than one split; also where `--fix-leakage` moved them since. */
  readonly leaking: readonly DuplicateGroup[];
  /** Images moved into another split by `--fix-leakage`. */
  readonly moved: readonly string[];
  /** Equal pictures with more than one grade. */
  readonly conflicts: readonly DuplicateGroup[];
  /** Files that are neither images nor masks. */
  readonly otherFiles: number;
  readonly notes: readonly string[];
  /** What labels.csv holds. */
  readonly used: { readonly images: number; readonly graded: number; readonly subjects: number };
}

/** Least range of values, as a share of all that the bits can hold, that shows anything. */
const BLANK = 0.012;
const SATURATED = 0.3;
/** Sharpness below this share of the median is far below. */
const BLURRED = 0.1;

export const isBlank = ({ measured }: Imported): boolean =>
  measured.contrast < BLANK / (measured.bits === 16 ? 16 : 1);

/** Duplicates among pictures, as groups of indices. */
export interface Duplicates {
  readonly exact: readonly (readonly number[])[];
  readonly near: readonly (readonly number[])[];
  /** Exact and near together. */
  readonly all: readonly (readonly number[])[];
  /** The least agreement of each near or joined group's pairs, by its first index. */
  agreement(group: readonly number[]): number;
}

/** @param images blank ones are like no other */
export function findDuplicates(images: readonly Imported[]): Duplicates {
  const byHash = new Map<string, number[]>();
  images.forEach((image, i) => {
    if (isBlank(image)) return;
    const { sha256 } = image.measured;
    byHash.set(sha256, [...(byHash.get(sha256) ?? []), i]);
  });
  const representatives = [...byHash.values()].map(([first]) => first);
  const pairs = nearDuplicates(representatives.map((i) => images[i].measured.print)).map(
    (pair) => ({
      ...pair,
      a: representatives[pair.a],
      b: representatives[pair.b],
    }),
  );
  const exact = [...byHash.values()].filter((group) => group.length > 1);
  const equal = exact.flatMap(([first, ...others]) =>
    others.map((other) => [first, other] as const),
  );
  const near = groupsOf(pairs.map(({ a, b }) => [a, b] as const));
  const all = groupsOf([...equal, ...pairs.map(({ a, b }) => [a, b] as const)]);
  const least = new Map<number, number>();
  for (const { a, b, agreement } of pairs)
    for (const i of [a, b]) least.set(i, Math.min(agreement, least.get(i) ?? 1));
  return {
    exact,
    near,
    all,
    agreement: (group) => Math.min(...group.map((i) => least.get(i) ?? 1)),
  };
}

export interface Findings {
  readonly source: string;
  readonly imported: readonly Imported[];
  readonly duplicates: Duplicates;
  readonly unreadable: readonly Refused[];
  readonly moved: readonly string[];
  readonly otherFiles: number;
  readonly notes: readonly string[];
}

export function qualityOf(found: Findings): Quality {
  const { imported, duplicates } = found;
  const name = ({ image }: Imported) => image;
  const group = (indices: readonly number[]): DuplicateGroup => {
    const members = indices.map((i) => imported[i]);
    return {
      images: members.map(name),
      subjects: new Set(members.map(({ subject }) => subject)).size,
      splits: [...new Set(members.map(({ split }) => split ?? ''))].sort(),
      grades: [...new Set(members.flatMap(({ grade }) => grade ?? []))].sort(),
      agreement: Math.round(1000 * duplicates.agreement(indices)) / 1000,
    };
  };
  const exact = duplicates.exact.map(group);
  const used = imported.filter((image) => !isBlank(image));
  const sharp = used.map(({ measured }) => measured.sharpness).sort((a, b) => a - b);
  const typical = sharp[Math.floor(sharp.length / 2)] ?? 0;
  return {
    source: found.source,
    ...totals(imported),
    masks: imported.filter(({ mask }) => mask !== null).length,
    byGrade: counted(imported, ({ grade }) => (grade === null ? '' : String(grade))),
    bySplit: counted(imported, ({ split }) => split ?? ''),
    bySite: counted(imported, ({ site }) => site),
    formats: formatsOf(imported),
    unreadable: found.unreadable,
    blank: imported.filter(isBlank).map(name),
    saturated: used.filter(({ measured }) => measured.saturated > SATURATED).map(name),
    blurred: used.filter(({ measured }) => measured.sharpness < BLURRED * typical).map(name),
    exactDuplicates: exact,
    nearDuplicates: duplicates.near.map(group),
    leaking: duplicates.all.map(group).filter(({ splits }) => splits.filter(Boolean).length > 1),
    moved: found.moved,
    conflicts: exact.filter(({ grades }) => grades.length > 1),
    otherFiles: found.otherFiles,
    notes: found.notes,
    used: totals(used),
  };
}

const totals = (images: readonly Imported[]) => ({
  images: images.length,
  graded: images.filter(({ grade }) => grade !== null).length,
  subjects: new Set(images.map(({ subject }) => subject)).size,
});

function counted(images: readonly Imported[], key: (image: Imported) => string): Counted[] {
  const groups = new Map<string, Imported[]>();
  for (const image of images) {
    const group = groups.get(key(image));
    if (group) group.push(image);
    else groups.set(key(image), [image]);
  }
  return [...groups]
    .map(([name, group]) => ({
      name,
      images: group.length,
      subjects: new Set(group.map(({ subject }) => subject)).size,
    }))
    .sort((a, b) => Number(a.name === '') - Number(b.name === '') || (a.name < b.name ? -1 : 1));
}

function formatsOf(images: readonly Imported[]): Quality['formats'] {
  const counts = new Map<string, Quality['formats'][number]>();
  for (const { measured } of images) {
    const { width, height, channels, bits } = measured;
    const key = [width, height, channels, bits].join(' ');
    const before = counts.get(key)?.images ?? 0;
    counts.set(key, { width, height, channels, bits, images: before + 1 });
  }
  return [...counts.values()].sort((a, b) => b.images - a.images);
}
