// Comparisons as a graph, an arrow from the worse image to the milder: where arrows run in a circle, at least
// one answer is wrong.

/** An arrow between two numbered images. */
export type Arrow = readonly [worse: number, milder: number];

/**
 * The groups of images that lie on circles together (strongly connected components of two images or more;
 * R. Tarjan, SIAM J. Comput. 1:146, 1972), the largest first.
 *
 * @param images how many there are @param arrows between them
 */
export function cyclicGroups(images: number, arrows: readonly Arrow[]): number[][] {
  const next = neighbours(images, arrows);
  const order = new Int32Array(images).fill(-1);
  const lowest = new Int32Array(images);
  const open: number[] = [];
  const isOpen = new Uint8Array(images);
  const groups: number[][] = [];
  let met = 0;
  for (let root = 0; root < images; root++) {
    if (order[root] >= 0) continue;
    // Without recursion: a chain of comparisons can be as long as there are images.
    const path = [{ at: root, tried: 0 }];
    while (path.length > 0) {
      const step = path[path.length - 1];
      const { at } = step;
      if (step.tried === 0) {
        order[at] = met;
        lowest[at] = met++;
        open.push(at);
        isOpen[at] = 1;
      }
      if (step.tried < next[at].length) {
        const to = next[at][step.tried++];
        if (order[to] < 0) path.push({ at: to, tried: 0 });
        else if (isOpen[to]) lowest[at] = Math.min(lowest[at], order[to]);
        continue;
      }
      path.pop();
      if (path.length > 0) {
        const { at: from } = path[path.length - 1];
        lowest[from] = Math.min(lowest[from], lowest[at]);
      }
      if (lowest[at] !== order[at]) continue;
      const group = open.splice(open.lastIndexOf(at));
      for (const image of group) isOpen[image] = 0;
      if (group.length > 1) groups.push(group.sort((a, b) => a - b));
    }
  }
  return groups.sort((a, b) => b.length - a.length || a[0] - b[0]);
}

/** Arrows from which a way back is searched for: a tangle of thousands is a tangle also in part. */
const SEARCHED = 3000;

/**
 * For each arrow on a circle the shortest circle of three images or more through it, each once, the shortest
 * first. Two images with answers both ways are a contradiction, not a circle.
 *
 * @returns images in order, each worse than the next and the last worse than the first
 */
export function shortestCycles(images: number, arrows: readonly Arrow[]): number[][] {
  const groupOf = new Int32Array(images).fill(-1);
  cyclicGroups(images, arrows).forEach((group, g) => {
    for (const image of group) groupOf[image] = g;
  });
  const inside = arrows.filter(([a, b]) => groupOf[a] >= 0 && groupOf[a] === groupOf[b]);
  const next = neighbours(images, inside);
  const cycles = new Map<string, number[]>();
  for (const [from, to] of inside.slice(0, SEARCHED)) {
    const way = shortestWay(next, to, from);
    if (!way) continue;
    const start = way.indexOf(Math.min(...way));
    const cycle = [...way.slice(start), ...way.slice(0, start)];
    cycles.set(cycle.join(), cycle);
  }
  return [...cycles.values()].sort(
    (a, b) => a.length - b.length || a.reduce((order, x, i) => order || x - b[i], 0),
  );
}

/** The shortest way of two arrows or more, breadth first; null where there is none. */
function shortestWay(
  next: readonly (readonly number[])[],
  from: number,
  to: number,
): number[] | null {
  const before = new Map<number, number>([[from, -1]]);
  const queue = [from];
  for (const at of queue) {
    for (const other of next[at]) {
      if (other === to && at === from) continue;
      if (before.has(other)) continue;
      before.set(other, at);
      if (other !== to) {
        queue.push(other);
        continue;
      }
      const way: number[] = [];
      for (let step = to; step >= 0; step = before.get(step)!) way.unshift(step);
      return way;
    }
  }
  return null;
}

function neighbours(images: number, arrows: readonly Arrow[]): number[][] {
  const next = Array.from({ length: images }, () => new Set<number>());
  for (const [worse, milder] of arrows) next[worse].add(milder);
  return next.map((set) => [...set].sort((a, b) => a - b));
}
