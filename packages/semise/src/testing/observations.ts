// For tests: observations of made-up images whose features follow the subject, quiet or moved.

import { IMAGE_STATISTICS, type ImageStatistics, PLACES } from '../evaluation/drift/index.js';
import type { Observation } from '../evaluation/monitoring/observation.js';
import { random } from '../random.js';

export interface Moves {
  /** Images a subject at most. */
  readonly images?: number;
  /** Share of subjects at a device that the others do not know. */
  readonly device?: number;
  /** Added to the brightness, in deviations. */
  readonly brightness?: number;
  /** Added to the first coordinate of the embedding, in deviations. */
  readonly embedding?: number;
  /** Brightness of the first cell; 0 unless told. */
  readonly corner?: number;
}

export function observations(subjects: number, seed: number, moves: Moves = {}): Observation[] {
  const { images = 3, device = 0, brightness = 0, embedding = 0, corner = 0 } = moves;
  const r = random(seed, 'observations');
  return Array.from({ length: subjects }, (_, s) => {
    const own = Array.from({ length: 6 }, () => r.normal());
    const at = r.chance(device) ? 'new' : r.pick(['a', 'a', 'b']);
    const age = String(Math.round(r.normal(60, 10)));
    return Array.from({ length: 1 + r.integer(images) }, (_, i): Observation => {
      const of = (k: number) => own[k] + r.normal(0, 0.3);
      const level = of(0) + brightness;
      const statistics = Object.fromEntries(
        IMAGE_STATISTICS.map((name, k) => [name, name === 'brightness' ? level : of(k % 4)]),
      ) as ImageStatistics;
      const places = Float32Array.from({ length: PLACES ** 2 }, () => level + r.normal(0, 0.2));
      places[0] = corner;
      const score = of(4);
      const worse = 1 / (1 + Math.exp(-score));
      return {
        image: `${seed}-${s}-${i}.png`,
        subject: `${seed}-${s}`,
        metadata: { device: at, age, kvp: '120' },
        statistics,
        places,
        embedding: Float32Array.of(of(5) + embedding, of(1), of(2), of(3)),
        predicted: Number(worse > 0.5),
        score,
        probabilities: [1 - worse, worse],
      };
    });
  }).flat();
}
