// Whether a map marks the lesion that an expert outlined.

export interface Localisation {
  /** Pointing game (Zhang et al., arXiv 1608.00507), without tolerance: 1 if the highest pixel is inside. */
  readonly pointing: number;
  /** Energy-based pointing game (Wang et al., arXiv 1910.01279): share of the positive part that is inside. */
  readonly energy: number;
  /** Intersection over union of the mask and as many of the map's highest pixels as the mask has. */
  readonly iou: number;
}

/**
 * @param map [S, S] @param mask of the same size, 0 = background
 * @returns null where the mask is empty or full, or the map has no positive part: nothing can be said
 */
export function localisation(map: ArrayLike<number>, mask: ArrayLike<number>): Localisation | null {
  const n = map.length;
  const size = Array.from(mask).filter((c) => c > 0).length;
  const [all, inside] = positive(map, mask);
  if (size === 0 || size === n || all === 0) return null;
  // Of equal pixels the earlier ones come first; the highest are those that all agree on.
  const order = Array.from({ length: n }, (_, p) => p).sort((a, b) => map[b] - map[a] || a - b);
  const top = order.filter((p) => map[p] === map[order[0]]);
  const hits = order.slice(0, size).filter((p) => mask[p] > 0).length;
  return {
    pointing: top.filter((p) => mask[p] > 0).length / top.length,
    energy: inside / all,
    iou: hits / (2 * size - hits),
  };
}

/** What a map drawn by chance gets: each pixel as likely as any other. */
export function byChance(mask: ArrayLike<number>): Localisation {
  const share = Array.from(mask).filter((c) => c > 0).length / mask.length;
  return { pointing: share, energy: share, iou: share / (2 - share) };
}

/** A map of no model: higher towards the middle of the image, where a photographer puts the lesion. */
export const centreMap = (side: number): Float32Array =>
  Float32Array.from({ length: side * side }, (_, p) => {
    const middle = (side - 1) / 2;
    const away = Math.hypot(Math.floor(p / side) - middle, (p % side) - middle);
    return 1 - away / (Math.SQRT2 * middle + 1);
  });

function positive(map: ArrayLike<number>, mask: ArrayLike<number>): [all: number, inside: number] {
  let [all, inside] = [0, 0];
  for (let p = 0; p < map.length; p++) {
    const value = Math.max(0, map[p]);
    all += value;
    if (mask[p] > 0) inside += value;
  }
  return [all, inside];
}
