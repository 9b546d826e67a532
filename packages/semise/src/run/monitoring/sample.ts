// So many images as can be compared with one another in seconds: time grows with their square.

import type { ImageRecord } from '../../data/index.js';
import { random } from '../../random.js';

const SUBJECTS = 1000;
const IMAGES = 3000;
/** Of one subject: it counts once, and more of the same tell little. */
const PER_SUBJECT = 10;

/**
 * All records where there are few; else whole subjects drawn at random, 1,000 at most, each with at
 * most 10 images evenly spaced in their order, until there are 3,000.
 */
export function sampled(records: readonly ImageRecord[], seed: number): ImageRecord[] {
  const bySubject = new Map<string, ImageRecord[]>();
  for (const record of records) {
    const own = bySubject.get(record.subject);
    if (own) own.push(record);
    else bySubject.set(record.subject, [record]);
  }
  const chosen = new Set<ImageRecord>();
  const subjects = random(seed, 'monitoring sample').shuffle([...bySubject.values()]);
  for (const own of subjects.slice(0, SUBJECTS)) {
    const count = Math.min(PER_SUBJECT, own.length);
    if (chosen.size + count > IMAGES) break;
    for (let k = 0; k < count; k++) chosen.add(own[Math.floor((k * own.length) / count)]);
  }
  return records.filter((record) => chosen.has(record));
}
