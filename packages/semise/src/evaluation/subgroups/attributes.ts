// Which groups there are: by each attribute, numbers in bands, and by every pair of attributes.

import { InputError } from '../../errors.js';

/** What is known of an image beside its grade, by name; absent or empty = not known. */
export type Attributes = Readonly<Record<string, string>>;

/** A division of the images into groups. */
export interface Partition {
  /** One attribute, or two. */
  attributes: readonly string[];
  /** The value or band of each attribute, a group each. */
  groups: readonly (readonly string[])[];
  /** Each image's group, -1 where a value is not known. */
  groupOf: Int32Array;
}

/** Why an attribute does not divide the images. */
export interface LeftOut {
  attributes: readonly string[];
  reason: 'oneValue' | 'tooManyValues' | 'sameGroups';
  /** With `sameGroups`: what divides the images just so. */
  as?: readonly string[];
}

export interface PartitionOptions {
  /** Attributes to look at; all, unless told. */
  by?: readonly string[];
  /** Cut points of numeric attributes, rising; a value on a cut belongs above. */
  bands?: Readonly<Record<string, readonly number[]>>;
  /** Also pairs of attributes; true unless told. */
  pairs?: boolean;
}

/** Values beyond which a text is a name or a remark, not a group. */
const MOST_VALUES = 50;
/** Numbers with fewer values than this are codes (0/1, a type), not measurements. */
const FEWEST_NUMBERS = 9;
/** Bands of a numeric attribute without cut points, of about as many subjects each. */
const BANDS = 3;

/**
 * Divides images by their attributes and by pairs of them. A division equal to an earlier one (a pair
 * in which one attribute tells the other) is left out: it would be tested twice.
 *
 * @param images subject and attributes of each image
 * @throws {InputError} for an attribute that no image has, or bands of what is not numeric
 */
export function partitions(
  images: readonly { subject: string; attributes: Attributes }[],
  { by, bands = {}, pairs = true }: PartitionOptions = {},
): { partitions: Partition[]; leftOut: LeftOut[] } {
  const known = [...new Set(images.flatMap(({ attributes }) => Object.keys(attributes)))];
  const names = by ?? known;
  for (const name of [...names, ...Object.keys(bands)]) {
    if (!known.includes(name)) {
      throw new InputError(
        `no attribute ${name}; labels.csv has ${known.join(', ') || 'none: add columns such as site, age, sex'}`,
      );
    }
  }
  const leftOut: LeftOut[] = [];
  const kept: Partition[] = [];
  const seen = new Map<string, readonly string[]>();
  const consider = (attributes: readonly string[], values: readonly (string | null)[][]) => {
    const partition = partitionOf(attributes, values);
    const same = canonical(partition.groupOf);
    if (partition.groups.length < 2) leftOut.push({ attributes, reason: 'oneValue' });
    else if (partition.groups.length > MOST_VALUES ** attributes.length)
      leftOut.push({ attributes, reason: 'tooManyValues' });
    else if (seen.has(same))
      leftOut.push({ attributes, reason: 'sameGroups', as: seen.get(same)! });
    else {
      seen.set(same, attributes);
      kept.push(partition);
      return true;
    }
    return false;
  };
  const grouped = names.map((name) => ({ name, values: valuesOf(images, name, bands[name]) }));
  const singles = grouped.filter(({ name, values }) =>
    consider(
      [name],
      values.map((value) => [value]),
    ),
  );
  if (pairs) {
    singles.forEach((a, i) => {
      for (const b of singles.slice(i + 1)) {
        consider(
          [a.name, b.name],
          a.values.map((value, image) => [value, b.values[image]]),
        );
      }
    });
  }
  return { partitions: kept, leftOut };
}

/** Whether the known values of an attribute are measurements: numbers, and not a handful of codes. */
export function numbersOf(values: readonly string[]): number[] | null {
  const known = values.filter((value) => value.trim() !== '').map(Number);
  return known.every(Number.isFinite) && new Set(known).size >= FEWEST_NUMBERS ? known : null;
}

/** Each image's value or band, null where not known. */
function valuesOf(
  images: readonly { subject: string; attributes: Attributes }[],
  name: string,
  cuts: readonly number[] | undefined,
): (string | null)[] {
  const values = images.map(({ attributes }) => attributes[name]?.trim() ?? '');
  const numeric = numbersOf(values);
  if (cuts) {
    const word = values.find((value) => value !== '' && !Number.isFinite(Number(value)));
    if (word !== undefined)
      throw new InputError(`bands of ${name}: ${JSON.stringify(word)} is not a number`);
    if (cuts.length === 0 || cuts.some((cut, i) => i > 0 && cut <= cuts[i - 1]))
      throw new InputError(`bands of ${name}: ${cuts.join(', ')}; give rising numbers`);
  } else if (!numeric) return values.map((value) => value || null);
  const used = cuts ?? quantileCuts(images, values);
  const whole = values.every((value) => value === '' || Number.isInteger(Number(value)));
  return values.map((value) => (value === '' ? null : band(Number(value), used, whole)));
}

/** Cut points between thirds of the subjects; fewer where many share a value. */
function quantileCuts(
  images: readonly { subject: string }[],
  values: readonly string[],
): readonly number[] {
  const once = new Map(
    images.flatMap(({ subject }, i) =>
      values[i] === '' ? [] : [[JSON.stringify([subject, values[i]]), Number(values[i])]],
    ),
  );
  const sorted = [...once.values()].sort((a, b) => a - b);
  const cuts = Array.from(
    { length: BANDS - 1 },
    (_, i) => sorted[Math.floor(((i + 1) * sorted.length) / BANDS)],
  );
  return [...new Set(cuts)].filter((cut) => cut > sorted[0]);
}

/** `< 40`, `40–59` (whole numbers) or `40–<60`, `≥ 60`. */
function band(value: number, cuts: readonly number[], whole: boolean): string {
  const above = cuts.findLastIndex((cut) => value >= cut);
  if (above < 0) return `< ${cuts[0]}`;
  if (above === cuts.length - 1) return `≥ ${cuts[above]}`;
  const next = cuts[above + 1];
  if (!whole || !Number.isInteger(next)) return `${cuts[above]}–<${next}`;
  return next - 1 > cuts[above] ? `${cuts[above]}–${next - 1}` : `${cuts[above]}`;
}

function partitionOf(
  attributes: readonly string[],
  values: readonly (readonly (string | null)[])[],
): Partition {
  const key = (value: readonly (string | null)[]) => JSON.stringify(value);
  const found = new Map<string, readonly string[]>();
  for (const value of values) {
    if (value.every((part) => part !== null)) found.set(key(value), value as string[]);
  }
  const groups = [...found.values()].sort(inOrder);
  const number = new Map(groups.map((group, i) => [key(group), i]));
  return {
    attributes,
    groups,
    groupOf: Int32Array.from(values, (value) => number.get(key(value)) ?? -1),
  };
}

/** Bands by their first number, other values as people sort them. */
function inOrder(a: readonly string[], b: readonly string[]): number {
  const place = (value: string) => {
    const number = Number.parseFloat(value.replace(/^[<≥] /, ''));
    return value.startsWith('<') ? number - 1e-9 : number;
  };
  for (const [i, value] of a.entries()) {
    const [first, second] = [place(value), place(b[i])];
    const order =
      Number.isFinite(first) && Number.isFinite(second) && first !== second
        ? first - second
        : value.localeCompare(b[i], 'en', { numeric: true });
    if (order !== 0) return order;
  }
  return 0;
}

/** The same text for divisions that differ in the groups' names alone. */
function canonical(groupOf: Int32Array): string {
  const renamed = new Map<number, number>();
  return Array.from(groupOf, (group) => {
    if (group < 0) return -1;
    if (!renamed.has(group)) renamed.set(group, renamed.size);
    return renamed.get(group);
  }).join();
}
