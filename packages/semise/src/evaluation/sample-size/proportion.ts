// How many subjects a proportion (accuracy, sensitivity, specificity) needs, in closed form.

import { InputError } from '../../errors.js';
import { wilsonInterval } from '../wilson.js';

/**
 * Full width of Wilson's 95 % interval of a proportion, 0..1 (Newcombe, Statistics in Medicine 17, 1998,
 * method 3).
 *
 * @param p the proportion, 0..1
 * @param n independent images, above 0
 */
export function wilsonWidth(p: number, n: number): number {
  const [low, high] = wilsonInterval(p * n, n) as [number, number];
  return high - low;
}

export interface ProportionOptions {
  /** Full width that the 95 % interval may have, between 0 and 1. */
  readonly width: number;
  /** The proportion expected, 0..1; 0.5 needs most subjects, and is right where nothing is known. */
  readonly expected: number;
  /** Mean images of a subject, 1 or more. */
  readonly imagesPerSubject?: number;
  /** How alike images of a subject are graded, 0 (not at all) .. 1 (as one): intraclass correlation. */
  readonly icc?: number;
  /** Share of the images that count, above 0 to 1: for a sensitivity, of the ill. */
  readonly share?: number;
}

export interface SampleSize {
  readonly subjects: number;
  readonly images: number;
  /** How many times more images than if each were of its own subject. */
  readonly designEffect: number;
}

/**
 * The fewest subjects for an interval no wider than asked. Images of a subject tell less than as many of
 * different subjects: by the design effect 1 + (m - 1) icc of m images each (Kish, "Survey Sampling", 1965,
 * section 5.4).
 *
 * @throws InputError for a value out of its bounds
 */
export function subjectsForProportion({
  width,
  expected,
  imagesPerSubject = 1,
  icc = 0,
  share = 1,
}: ProportionOptions): SampleSize {
  const within = (name: string, value: number, fits: boolean, range: string) => {
    if (!fits) throw new InputError(`sample size: ${name} is ${value}; give a number ${range}`);
  };
  within('width', width, width > 0 && width < 1, 'between 0 and 1');
  within('expected', expected, expected >= 0 && expected <= 1, 'from 0 to 1');
  within('images per subject', imagesPerSubject, imagesPerSubject >= 1, 'from 1 up');
  within('icc', icc, icc >= 0 && icc <= 1, 'from 0 to 1');
  within('share', share, share > 0 && share <= 1, 'above 0, at most 1');
  let few = 0;
  let enough = 1;
  while (wilsonWidth(expected, enough) > width) enough *= 2;
  while (enough - few > 1) {
    const middle = Math.floor((few + enough) / 2);
    if (wilsonWidth(expected, middle) > width) few = middle;
    else enough = middle;
  }
  const designEffect = 1 + (imagesPerSubject - 1) * icc;
  const subjects = Math.ceil((enough * designEffect) / (share * imagesPerSubject));
  return { subjects, images: Math.ceil(subjects * imagesPerSubject), designEffect };
}
