// The retinal vessel tree: arteries and veins leave the optic disc, arch over the macula, taper and
// branch. Units are radii of the field of view.

import type { Random } from '../../random.js';
import type { Point, Stroke } from './raster.js';

/** A piece of vessel; `depth` is how much light it takes, 0..1 (veins more than arteries). */
export interface VesselPiece extends Stroke {
  depth: number;
}

/** Grows the tree of one eye whose macula lies in direction -x of the disc. `tortuosity` 0.5..2. */
export function growVessels(
  rng: Random,
  disc: Point,
  macula: Point,
  tortuosity: number,
): VesselPiece[] {
  const pieces: VesselPiece[] = [];
  const grow = (
    from: Point,
    heading: number,
    bend: number,
    width: number,
    depth: number,
    generation: number,
  ) => {
    const step = 0.045;
    let { x, y } = from;
    let [direction, thickness, turning] = [heading, width, bend];
    while (thickness > 0.007) {
      direction += turning * step + rng.normal(0, 0.09 * tortuosity);
      turning *= 0.93;
      const next = { x: x + step * Math.cos(direction), y: y + step * Math.sin(direction) };
      const nearMacula = Math.hypot(next.x - macula.x, next.y - macula.y) < 0.15;
      if (nearMacula || Math.hypot(next.x, next.y) > 1.25) return;
      pieces.push({ x0: x, y0: y, x1: next.x, y1: next.y, width: thickness, depth });
      ({ x, y } = next);
      thickness *= 0.978;
      if (generation < 3 && rng.chance(0.13)) {
        const turn = (rng.chance(0.5) ? 1 : -1) * rng.uniform(0.45, 0.95);
        grow(
          { x, y },
          direction + turn,
          -turn * 0.8,
          thickness * 0.66,
          depth * 0.9,
          generation + 1,
        );
        thickness *= 0.93;
      }
    }
  };
  for (const up of [-1, 1]) {
    for (const vein of [false, true]) {
      const depth = vein ? 1 : 0.72;
      const from = { x: disc.x + rng.normal(0, 0.02), y: disc.y + up * rng.uniform(0, 0.05) };
      const width = (vein ? 0.052 : 0.038) * rng.uniform(0.85, 1.15);
      const apart = vein ? 0.14 : -0.14;
      // Temporal arcades start upwards and bend round the macula; nasal ones run straight away.
      const temporal = up * (Math.PI / 2 + rng.uniform(0, 0.3) + apart);
      grow(from, temporal, up * rng.uniform(1.2, 1.9), width, depth, 0);
      const nasal = up * (rng.uniform(0.45, 0.85) - apart);
      grow(from, nasal, up * rng.uniform(-0.5, 0.3), width * 0.78, depth, 1);
    }
  }
  // Small vessels from the disc towards the macula.
  for (let i = 0; i < 3; i++)
    grow(disc, Math.PI + rng.uniform(-0.9, 0.9), rng.normal(0, 0.4), 0.017, 0.7, 2);
  return pieces;
}
