// Who is in the cohort: subjects with a hidden severity, their images, what the rater saw in them,
// and the split. Nothing is drawn here.

import { InputError } from '../../errors.js';
import { type Random, random } from '../../random.js';
import type { PhantomOptions } from './options.js';

export type Split = 'train' | 'validation' | 'test';

export interface Subject {
  id: string;
  /** Hidden severity, 0..1. */
  severity: number;
  split: Split;
  site: 1 | 2;
  device: 'A' | 'B';
  /** Years. */
  age: number;
  sex: 'F' | 'M';
}

/** One image of the cohort, before it is drawn. */
export interface PhantomImage {
  /** File name without its ending. */
  name: string;
  subject: Subject;
  side: 'left' | 'right';
  /** Which visit to this side, from 0. */
  visit: number;
  /** Hidden severity, 0..1: the subject's, but for small differences of side and visit. */
  severity: number;
  /** The grade cut from the severity without error. */
  grade: number;
  /** The grade the rater gave. */
  read: number;
  /** Whether labels.csv shows the rater's grade. */
  graded: boolean;
}

const SHARES: Record<Split, number> = { train: 0.6, validation: 0.15, test: 0.25 };

/** Exponent of the severity distribution P(severity > s) = (1 - s)^1.5, skewed to the healthy:
 * with five grades 28, 25, 21, 16 and 9 % of the images. */
const SKEW = 1.5;

/** Standard deviation of an image's severity about its subject's. */
const WITHIN_SUBJECT = 0.03;

/** Severity -> grade: cuts at equal distances, k / grades. */
export function cut(severity: number, grades: number): number {
  return Math.min(grades - 1, Math.max(0, Math.floor(severity * grades)));
}

/**
 * Plans the cohort: every subject and image with its hidden truth, in the order of the files.
 *
 * @throws InputError where more graded images are asked for than the training split has.
 */
export function planCohort(options: PhantomOptions): PhantomImage[] {
  const { seed, grades } = options;
  const rng = random(seed, 'phantom cohort');
  const subjects = drawSubjects(options, rng);
  const [fewest, most] = options.imagesPerSubject;
  const images = subjects.flatMap((subject): PhantomImage[] => {
    const firstSide = rng.integer(2);
    return Array.from({ length: fewest + rng.integer(most - fewest + 1) }, (_, i) => {
      const severity = reflect(subject.severity + rng.normal(0, WITHIN_SUBJECT));
      const side = (firstSide + i) % 2 === 0 ? 'left' : 'right';
      const visit = Math.floor(i / 2);
      return {
        name: `${subject.id}-${side}${visit > 0 ? `-${visit + 1}` : ''}`,
        subject,
        side,
        visit,
        severity,
        grade: cut(severity, grades),
        read: cut(severity + rng.normal(0, options.graderNoise / grades), grades),
        graded: subject.split !== 'train',
      };
    });
  });
  chooseGraded(images, options);
  return images;
}

function drawSubjects(options: PhantomOptions, rng: Random): Subject[] {
  const { subjects: n, confounders } = options;
  // One severity from each of n equal slices of the distribution, so that no grade is missed by luck.
  const ascending = Array.from(
    { length: n },
    (_, i) => 1 - (1 - (i + rng.uniform()) / n) ** (1 / SKEW),
  );
  const splits = spreadSplits(n);
  const digits = String(n).length;
  const order = rng.shuffle(ascending.map((_, i) => i));
  return order.map((rank, i) => {
    const severity = ascending[rank];
    const likelier = (follows: boolean | undefined) =>
      rng.chance(follows ? 1 / (1 + Math.exp(-8 * (severity - 0.4))) : 0.5);
    const site = likelier(confounders.siteSeverity);
    const age = confounders.ageSeverity
      ? 42 + 36 * severity + rng.normal(0, 6)
      : rng.normal(58, 12);
    // Drawn even where it is given: all else of the cohort stays the same.
    const device = likelier(confounders.deviceMarker) ? 'B' : 'A';
    return {
      id: `s${String(i + 1).padStart(digits, '0')}`,
      severity,
      split: splits[rank],
      site: options.sites === 2 && site ? 2 : 1,
      device: options.device ?? device,
      age: Math.round(Math.min(92, Math.max(20, age))),
      sex: rng.chance(0.5) ? 'F' : 'M',
    };
  });
}

/** The split of each of n subjects in ascending severity: the one furthest behind its share, so that
 * every stretch of severity, and so every grade, is shared out alike. */
function spreadSplits(n: number): Split[] {
  const counts: Record<Split, number> = { train: 0, validation: 0, test: 0 };
  const names = Object.keys(SHARES) as Split[];
  return Array.from({ length: n }, (_, i) => {
    const behind = (split: Split) => SHARES[split] * (i + 1) - counts[split];
    const split = names.reduce((a, b) => (behind(b) > behind(a) ? b : a));
    counts[split]++;
    return split;
  });
}

/** Marks the training images that keep their grade: a round over the grades at a time. */
function chooseGraded(images: PhantomImage[], { seed, graded, grades }: PhantomOptions): void {
  const train = images.filter((image) => image.subject.split === 'train');
  const wanted = graded === 'all' ? train.length : graded;
  if (wanted > train.length)
    throw new InputError(
      `phantom: graded is ${wanted}, but the training split has ${train.length} images; ` +
        'give fewer, or more subjects',
    );
  const shuffled = random(seed, 'phantom graded').shuffle(train);
  const byGrade = Array.from({ length: grades }, (_, grade) =>
    shuffled.filter((image) => image.read === grade),
  );
  for (let left = wanted; left > 0; ) {
    for (const queue of byGrade) {
      const image = left > 0 ? queue.pop() : undefined;
      if (image) {
        image.graded = true;
        left--;
      }
    }
  }
}

/** Folds a number just outside 0..1 back inside, without piling up at the ends. */
function reflect(x: number): number {
  return x < 0 ? -x : x > 1 ? 2 - x : x;
}
