// The list for the expert: what to look at again, the most worthwhile first.

import type { RatedImage } from '../agreement/index.js';
import type { ComparisonCheck, Doubt } from './comparison-check.js';
import type { GradeCheck, GradeSuspect } from './grade-check.js';

/** Why an entry is on the list. */
export type Reason =
  /** A judge that did not see the grade holds another for right. */
  | { kind: 'suspected'; judge: GradeSuspect['judge']; probability: GradeSuspect['probability'] }
  /** Raters differ by two grades or more, or their median is not the grade. */
  | { kind: 'raters'; grades: { rater: string; grade: number }[] }
  /** Comparisons order the image against its grade: how many of those between differing grades. */
  | { kind: 'compared'; against: number; of: number }
  /** A comparison against the grades of its images, as it names them. */
  | { kind: 'grades'; grades: [number, number]; tie: boolean }
  /** A comparison that the model is sure is wrong. */
  | { kind: 'model'; probability: number }
  /** A comparison that the others outvote. */
  | { kind: 'outvoted'; probability: number }
  /** Answered both ways. */
  | { kind: 'contradiction' };

/** One line: a grade to look at again, or a pair to compare again. */
export interface Relabel {
  image: string;
  grade: number | null;
  /** What it might be; null where nothing says. */
  suspected: number | null;
  /** The image to compare with again; null for a grade. */
  comparedWith: string | null;
  reasons: Reason[];
  /**
   * Grades that the entry is probably off, summed over its reasons: what a judge would gain by another; the
   * distance of grade and raters' median, or half their range if that is more; half the gap to the other
   * image's grade (either of the two can be wrong). A pair: the probability that its answer is wrong, a half
   * where it was answered both ways.
   */
  priority: number;
  nearest: { image: string; grade: number }[];
}

export interface RelabelSources {
  readonly grades?: GradeCheck | null;
  readonly comparisons?: ComparisonCheck | null;
  readonly ratings?: readonly RatedImage[];
  /** The grade of an image; null where it has none. */
  readonly gradeOf?: (image: string) => number | null;
}

/** @returns each image and each pair once, by falling priority */
export function relabelList({
  grades,
  comparisons,
  ratings = [],
  gradeOf = () => null,
}: RelabelSources): Relabel[] {
  const entries = new Map<string, Relabel>();
  const entry = (image: string, comparedWith: string | null): Relabel => {
    const key = comparedWith === null ? image : [image, comparedWith].sort().join('\0');
    const known = entries.get(key);
    if (known) return known;
    const made: Relabel = {
      image,
      grade: gradeOf(image),
      suspected: null,
      comparedWith,
      reasons: [],
      priority: 0,
      nearest: [],
    };
    entries.set(key, made);
    return made;
  };
  const add = (to: Relabel, reason: Reason, priority: number): void => {
    to.reasons.push(reason);
    to.priority += priority;
  };

  for (const { judge, suspects } of grades?.judgements ?? []) {
    for (const { image, grade, suspected, probability, gain, nearest } of suspects) {
      const to = entry(image, null);
      Object.assign(to, { grade, suspected, nearest });
      add(to, { kind: 'suspected', judge, probability }, gain);
    }
  }
  for (const [image, given] of byImage(ratings)) {
    const sorted = given.map(({ grade }) => grade).sort((a, b) => a - b);
    const median = middle(sorted);
    const grade = gradeOf(image);
    const off = grade === null ? 0 : Math.abs(grade - median);
    const range = sorted[sorted.length - 1] - sorted[0];
    if (off < 1 && range < 2) continue;
    const to = entry(image, null);
    if (to.suspected === null && off >= 1) to.suspected = Math.round(median);
    add(to, { kind: 'raters', grades: given }, Math.max(off, range / 2));
  }
  for (const [image, { against, of, gap }] of byGrade(comparisons)) {
    // One answer against one is a matter of the pair.
    if (against < 2 || 2 * against <= of) continue;
    add(entry(image, null), { kind: 'compared', against, of }, gap / against / 2);
  }

  const pair = ({ moreSevere, lessSevere }: Doubt) => entry(moreSevere, lessSevere);
  // Of one kind once a pair, however often it was answered.
  const addOnce = (to: Relabel, reason: Reason, priority: number): void => {
    if (!to.reasons.some(({ kind }) => kind === reason.kind)) add(to, reason, priority);
  };
  for (const doubt of comparisons?.againstGrades ?? [])
    addOnce(pair(doubt), { kind: 'grades', grades: doubt.grades, tie: doubt.tie }, doubt.gap / 2);
  for (const doubt of comparisons?.againstModel ?? [])
    addOnce(pair(doubt), { kind: 'model', probability: doubt.probability }, doubt.probability);
  for (const { a, b } of comparisons?.contradictions ?? [])
    addOnce(entry(a, b), { kind: 'contradiction' }, 0.5);
  for (const doubt of comparisons?.outvoted ?? []) {
    const to = pair(doubt);
    addOnce(to, { kind: 'outvoted', probability: doubt.probability }, doubt.probability);
  }
  return [...entries.values()].sort(
    (a, b) => b.priority - a.priority || (a.image < b.image ? -1 : a.image > b.image ? 1 : 0),
  );
}

/** The grades of each image that two raters or more graded, a rater's last one. */
function byImage(ratings: readonly RatedImage[]) {
  const images = new Map<string, Map<string, number>>();
  for (const { image, rater, grade } of ratings) {
    images.set(image, (images.get(image) ?? new Map()).set(rater, grade));
  }
  return [...images].flatMap(([image, of]) =>
    of.size < 2 ? [] : [[image, [...of].map(([rater, grade]) => ({ rater, grade }))] as const],
  );
}

/** @param sorted ascending, not empty */
const middle = (sorted: readonly number[]): number =>
  (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;

/** Of each image: its answers against images of another grade, how many are against, and their gaps' sum. */
function byGrade(check?: ComparisonCheck | null) {
  const images = new Map<string, { against: number; of: number; gap: number }>();
  for (const [image, of] of Object.entries(check?.gradedAnswers ?? {})) {
    images.set(image, { against: 0, of, gap: 0 });
  }
  for (const { moreSevere, lessSevere, tie, gap } of check?.againstGrades ?? []) {
    if (tie) continue;
    for (const image of [moreSevere, lessSevere]) {
      const known = images.get(image)!;
      known.against++;
      known.gap += gap;
    }
  }
  return images;
}
