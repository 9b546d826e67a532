// The same picture twice: found by a perceptual hash, confirmed on its detail.
//
// The hash is pHash: 64 signs of the lowest frequencies of a 32 x 32 thumbnail's cosine transform
// (C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010). It finds
// candidates within a few bits by multi-index hashing (Norouzi, Punjani, Fleet, "Fast Exact Search in
// Hamming Space with Multi-Index Hashing", arXiv 1307.2982), without comparing all with all. Medical
// pictures of one kind share their low frequencies (every fundus is a disc), so a candidate counts only
// if the fine detail of 64 x 64 thumbnails agrees too: vessels and bone differ between patients. Each picture is
// looked for in its eight mirror images and quarter turns, as public sets hold copies made to have more.

/** Pixels a side of a thumbnail. */
export const THUMBNAIL = 64;

/** 64 bits, the higher and the lower half. */
export type Hash = readonly [high: number, low: number];

/** What is kept of a picture to know it again: about 1 kB. */
export interface Print {
  /** Of the picture as it is, then of its mirror images and quarter turns (`Turn`). */
  readonly hashes: readonly Hash[];
  /** A bit a pixel where the thumbnail is clearly brighter, and then darker, than its surroundings. */
  readonly detail: Uint32Array;
}

export interface NearDuplicate {
  /** Indices of the two pictures, a < b. */
  readonly a: number;
  readonly b: number;
  /** Bits of the hash that differ, 0 to `FARTHEST`. */
  readonly bits: number;
  /** Agreement of the detail, -1 to 1. */
  readonly agreement: number;
}

/** Most bits of 64 in which the hashes of one picture may differ. */
export const FARTHEST = 7;
/**
 * Least agreement of detail of one picture. Measured on copies and on other patients' pictures by
 * bench/near-duplicates.mjs (docs/near-duplicates.md).
 */
export const LEAST_AGREEMENT = 0.5;

/**
 * One of the eight ways to lay a picture on itself, 0 to 7: bit 0 mirrors columns, bit 1 rows, bit 2 then
 * exchanges rows and columns.
 */
type Turn = number;
const TURNS = 8;

const AREA = THUMBNAIL * THUMBNAIL;
const WORDS = AREA / 32;
/** Side of the thumbnail that is hashed. */
const SMALL = 32;
/** Detail is what differs from the mean over this many pixels to each side. */
const REACH = 2;

/** cos(pi (2 x + 1) u / 64), u = 0 to 7: the rows of the transform that the hash needs. */
const COSINES = Array.from({ length: 8 }, (_, u) =>
  Float64Array.from({ length: SMALL }, (_, x) =>
    Math.cos((Math.PI * (2 * x + 1) * u) / (2 * SMALL)),
  ),
);

/** @param thumbnail 64 x 64 grey levels, row after row */
export function printOf(thumbnail: Uint8Array): Print {
  return {
    hashes: perceptualHashes(shrink(thumbnail, THUMBNAIL, THUMBNAIL, SMALL)),
    detail: detailOf(thumbnail),
  };
}

/** The hash of a picture as it is, and turned in the other seven ways. @param small 32 x 32 grey levels */
export function perceptualHashes(small: Uint8Array): Hash[] {
  const rows = COSINES.map((cosine) => {
    const sums = new Float64Array(SMALL);
    for (let y = 0; y < SMALL; y++)
      for (let x = 0; x < SMALL; x++) sums[y] += cosine[x] * small[y * SMALL + x];
    return sums;
  });
  const lowest = new Float64Array(64);
  for (let v = 0; v < 8; v++)
    for (let u = 0; u < 8; u++)
      for (let y = 0; y < SMALL; y++) lowest[8 * v + u] += COSINES[v][y] * rows[u][y];
  return Array.from({ length: TURNS }, (_, turn) => signs(turnedFrequencies(lowest, turn)));
}

/** The transform of the turned picture: a mirror image changes the sign of odd frequencies. */
function turnedFrequencies(lowest: Float64Array, turn: Turn): Float64Array {
  return Float64Array.from({ length: 64 }, (_, i) => {
    const [v, u] = turn & 4 ? [i % 8, i >> 3] : [i >> 3, i % 8];
    const odd = (turn & 1 ? u : 0) + (turn & 2 ? v : 0);
    return odd % 2 ? -lowest[8 * v + u] : lowest[8 * v + u];
  });
}

/** A bit for each frequency: whether it is above the median. */
function signs(lowest: Float64Array): Hash {
  const sorted = Float64Array.from(lowest).sort();
  const median = (sorted[31] + sorted[32]) / 2;
  const half = (from: number) => {
    let bits = 0;
    for (let i = from; i < from + 32; i++) bits = (bits << 1) | (lowest[i] > median ? 1 : 0);
    return bits >>> 0;
  };
  return [half(0), half(32)];
}

/** The half of the pixels that differ most from their surroundings: brighter ones, then darker ones. */
function detailOf(thumbnail: Uint8Array): Uint32Array {
  const detail = new Float32Array(AREA);
  for (let y = 0; y < THUMBNAIL; y++)
    for (let x = 0; x < THUMBNAIL; x++) {
      let sum = 0;
      let count = 0;
      for (let j = Math.max(0, y - REACH); j <= Math.min(THUMBNAIL - 1, y + REACH); j++)
        for (let i = Math.max(0, x - REACH); i <= Math.min(THUMBNAIL - 1, x + REACH); i++) {
          sum += thumbnail[j * THUMBNAIL + i];
          count++;
        }
      detail[y * THUMBNAIL + x] = thumbnail[y * THUMBNAIL + x] - sum / count;
    }
  const median = detail.map(Math.abs).sort()[AREA / 2];
  const marks = new Uint32Array(2 * WORDS);
  detail.forEach((value, i) => {
    if (value > median) marks[i >>> 5] |= 1 << (i & 31);
    else if (value < -median) marks[WORDS + (i >>> 5)] |= 1 << (i & 31);
  });
  return marks;
}

/** A grey picture made `side` x `side`, each pixel the mean of those it covers. */
export function shrink(
  pixels: Uint8Array,
  width: number,
  height: number,
  side = THUMBNAIL,
): Uint8Array {
  const span = (at: number, length: number): [from: number, to: number] => {
    const from = Math.floor((at * length) / side);
    return [from, Math.max(from + 1, Math.floor(((at + 1) * length) / side))];
  };
  const small = new Uint8Array(side * side);
  for (let y = 0; y < side; y++) {
    const [top, bottom] = span(y, height);
    for (let x = 0; x < side; x++) {
      const [left, right] = span(x, width);
      let sum = 0;
      for (let row = top; row < bottom; row++)
        for (let column = left; column < right; column++) sum += pixels[row * width + column];
      small[y * side + x] = Math.round(sum / ((bottom - top) * (right - left)));
    }
  }
  return small;
}

const BANDS = [0, 1, 2, 3];

/** 16 of the 64 bits of a hash. */
const quarter = (high: number, low: number, band: number): number =>
  ((band < 2 ? high : low) >>> (band % 2 ? 0 : 16)) & 0xffff;

/** The detail of the picture turned. */
function turnedDetail(detail: Uint32Array, turn: Turn): Uint32Array {
  if (turn === 0) return detail;
  const turned = new Uint32Array(2 * WORDS);
  const last = THUMBNAIL - 1;
  for (let i = 0; i < AREA; i++) {
    const [y, x] = turn & 4 ? [i % THUMBNAIL, i >> 6] : [i >> 6, i % THUMBNAIL];
    const from = (turn & 2 ? last - y : y) * THUMBNAIL + (turn & 1 ? last - x : x);
    for (const half of [0, WORDS])
      if (detail[half + (from >>> 5)] & (1 << (from & 31)))
        turned[half + (i >>> 5)] |= 1 << (i & 31);
  }
  return turned;
}

/**
 * All pairs of pictures that are the same but for size, compression, brightness or contrast, also if one is a
 * mirror image or turned by quarters. Blank pictures are like no other. Pictures that were turned by less or
 * cropped by more than a little are not found.
 *
 * @param least agreement of detail from which on a pair counts, -1 to 1
 */
export function nearDuplicates(prints: readonly Print[], least = LEAST_AGREEMENT): NearDuplicate[] {
  const n = prints.length;
  const upright = prints.map(({ hashes }) => hashes[0]);
  // Side by side in memory: all candidates are looked up here.
  const high = Uint32Array.from(upright, ([half]) => half);
  const low = Uint32Array.from(upright, ([, half]) => half);
  // Four tables, one for each 16 bits of the hash: the last picture of each value, and the one before.
  const last = BANDS.map(() => new Int32Array(1 << 16).fill(-1));
  const before = BANDS.map(() => new Int32Array(n).fill(-1));
  const looked = new Int32Array(n).fill(-1);
  const pairs: NearDuplicate[] = [];
  for (let b = 0; b < n; b++) {
    const { hashes, detail } = prints[b];
    if (detail.every((word) => word === 0)) continue;
    const found = new Map<number, NearDuplicate>();
    for (let turn = 0; turn < hashes.length; turn++) {
      const [h, l] = hashes[turn];
      const mark = TURNS * b + turn;
      let turned: Uint32Array | undefined;
      for (const band of BANDS) {
        const value = quarter(h, l, band);
        // Up to 7 bits in 4 quarters leave one quarter with at most 1.
        for (let flip = -1; flip < 16; flip++) {
          const near = flip < 0 ? value : value ^ (1 << flip);
          for (let a = last[band][near]; a >= 0; a = before[band][a]) {
            if (looked[a] === mark) continue;
            looked[a] = mark;
            const bits = ones(h ^ high[a]) + ones(l ^ low[a]);
            if (bits > FARTHEST) continue;
            turned ??= turnedDetail(detail, turn);
            const agreement = agreementOf(prints[a].detail, turned);
            if (agreement < least || agreement <= (found.get(a)?.agreement ?? -2)) continue;
            found.set(a, { a, b, bits, agreement });
          }
        }
      }
    }
    pairs.push(...found.values());
    for (const band of BANDS) {
      const value = quarter(high[b], low[b], band);
      before[band][b] = last[band][value];
      last[band][value] = b;
    }
  }
  return pairs.sort((p, q) => p.a - q.a || p.b - q.b);
}

/**
 * Joins pairs to groups: two pictures are in one group if a chain of pairs leads from one to the other.
 * @returns groups of two or more, each ascending, ordered by their first
 */
export function groupsOf(pairs: Iterable<readonly [number, number]>): number[][] {
  const parent = new Map<number, number>();
  const root = (i: number): number => {
    let at = i;
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) {
      parent.set(at, parent.get(up) ?? up);
      at = up;
    }
    return at;
  };
  for (const [a, b] of pairs) {
    for (const i of [a, b]) if (!parent.has(i)) parent.set(i, i);
    const [ra, rb] = [root(a), root(b)];
    parent.set(Math.max(ra, rb), Math.min(ra, rb));
  }
  const groups = new Map<number, number[]>();
  for (const i of [...parent.keys()].sort((x, y) => x - y)) {
    const group = groups.get(root(i));
    if (group) group.push(i);
    else groups.set(root(i), [i]);
  }
  return [...groups.values()];
}

/** Pixels marked alike less those marked contrarily, over all that either marks: -1 to 1. */
function agreementOf(a: Uint32Array, b: Uint32Array): number {
  let agreed = 0;
  let marked = 0;
  for (let bright = 0, dark = WORDS; bright < WORDS; bright++, dark++) {
    agreed += ones(a[bright] & b[bright]) + ones(a[dark] & b[dark]);
    agreed -= ones(a[bright] & b[dark]) + ones(a[dark] & b[bright]);
    marked += ones(a[bright] | a[dark] | b[bright] | b[dark]);
  }
  return marked === 0 ? 0 : agreed / marked;
}

/** Bits set of a 32-bit number. */
function ones(bits: number): number {
  let v = bits - ((bits >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Pictures that are alike, joined to groups of indices. */
export const nearDuplicateGroups = (prints: readonly Print[]): number[][] =>
  groupsOf(nearDuplicates(prints).map(({ a, b }) => [a, b] as const));
