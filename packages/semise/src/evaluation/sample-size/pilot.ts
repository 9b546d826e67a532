// How many subjects any metric needs, from a pilot: predictions of a model on subjects like those to come.

import { InputError } from '../../errors.js';
import {
  countedBy,
  type FigureKey,
  type FigureSet,
  type FigureValues,
  figureInterval,
  figureKeys,
  figureSet,
  measureFigures,
} from '../acceptance/figures.js';
import { subjectDraws } from '../bootstrap.js';
import type { Prediction } from '../prediction.js';
import type { SampleSize } from './proportion.js';

export interface PilotOptions {
  /** Full width that the 95 % interval may have, above 0. */
  readonly width: number;
  /** K. */
  readonly grades: number;
  readonly seed: number;
  /** All figures, unless told. */
  readonly figures?: readonly FigureKey[];
  /** Draws of each simulation, 1,000 unless told. */
  readonly draws?: number;
}

export interface PilotSampleSize extends SampleSize {
  /** Width of the 95 % interval of the figure that studies of so many subjects have, by simulation. */
  readonly simulatedWidth: number;
}

export interface PilotFigure {
  readonly figure: FigureKey;
  /** In the pilot; null where undefined. */
  readonly value: number | null;
  /** Width of the pilot's own interval. */
  readonly pilotWidth: number | null;
  /** Null where the pilot's figure has no interval to start from. */
  readonly needed: PilotSampleSize | null;
}

/** How near the simulated width must come before the search ends. */
const NEAR = 0.03;
const ROUNDS = 5;

/**
 * The subjects that each figure needs. The width of a bootstrap interval falls with the square root of the
 * subjects, which gives a first answer; then studies of that size are simulated, by drawing as many subjects
 * out of the pilot, and the answer is mended until the simulated width is the one asked for. The design effect
 * is what grouping by subject costs: the square of the interval's width by subjects over its width by images.
 *
 * What a pilot does not hold it cannot foretell: subjects of another mix of grades need another number.
 *
 * @throws InputError without 2 graded subjects, or for a width that is not above 0
 */
export function subjectsFromPilot(
  predictions: readonly Prediction[],
  { width, grades, seed, figures = figureKeys(grades), draws = 1000 }: PilotOptions,
): PilotFigure[] {
  if (!(width > 0)) throw new InputError(`sample size: width is ${width}; give a number above 0`);
  const pilot = measured(predictions, grades);
  const { subjects, truth } = pilot.set.graded;
  if (subjects < 2) {
    throw new InputError(
      `sample size: the pilot has ${subjects} graded subject(s); give predictions of 2 at least, better of 30`,
    );
  }
  const own = simulate(pilot.set, subjects, draws, seed);
  const single = measured(
    predictions.map((p, i) => ({ ...p, subject: String(i) })),
    grades,
  );
  const byImage = simulate(single.set, truth.length, draws, seed);
  const imagesEach = truth.length / subjects;
  return figures.map((figure): PilotFigure => {
    const pilotWidth = widthOf(pilot, own, subjects, figure);
    const value = pilot.values[figure];
    if (pilotWidth === null) return { figure, value, pilotWidth, needed: null };
    // A figure that never varies (all right, say) tells no width: one subject would do for it.
    if (pilotWidth === 0) return { figure, value, pilotWidth, needed: null };
    let best: { size: number; width: number } | null = null;
    let size = sizeFor(subjects, pilotWidth, width);
    for (let round = 0; round < ROUNDS; round++) {
      const studies = simulate(pilot.set, size, draws, seed + round);
      const simulated = widthOf(pilot, studies, size, figure);
      if (simulated === null || simulated === 0) break;
      const off = (of: number) => Math.abs(of / width - 1);
      if (best === null || off(simulated) < off(best.width)) best = { size, width: simulated };
      if (off(best.width) <= NEAR) break;
      size = sizeFor(size, simulated, width);
    }
    if (best === null) return { figure, value, pilotWidth, needed: null };
    const alone = widthOf(single, byImage, truth.length, figure);
    return {
      figure,
      value,
      pilotWidth,
      needed: {
        subjects: best.size,
        images: Math.ceil(best.size * imagesEach),
        designEffect: alone === null || alone === 0 ? 1 : (pilotWidth / alone) ** 2,
        simulatedWidth: best.width,
      },
    };
  });
}

const sizeFor = (subjects: number, has: number, wanted: number): number =>
  Math.max(2, Math.ceil(subjects * (has / wanted) ** 2));

/** A set, its figures, and whom they speak of. */
function measured(predictions: readonly Prediction[], grades: number) {
  const set = figureSet(predictions, grades);
  return { set, values: measureFigures(set), counted: countedBy(set.graded) };
}

/** The figures of studies of so many subjects, drawn out of the pilot. */
function simulate(set: FigureSet, size: number, draws: number, seed: number): FigureValues[] {
  const { subjectOf, subjects } = set.graded;
  const studies: FigureValues[] = [];
  for (const weights of subjectDraws(subjectOf, subjects, draws, seed, size)) {
    studies.push(measureFigures(set, weights));
  }
  return studies;
}

/** The width of the interval that studies of so many subjects have; 0 where the figure is the same in all. */
function widthOf(
  { set, values, counted }: ReturnType<typeof measured>,
  studies: readonly FigureValues[],
  size: number,
  figure: FigureKey,
): number | null {
  const value = values[figure];
  if (value === null) return null;
  const drawn = studies.map((study) => study[figure]);
  if (new Set(drawn.filter((one) => one !== null)).size === 1) return 0;
  const { grades, subjects } = set.graded;
  const speaksOf = counted[figure]?.subjects ?? subjects;
  const of = Math.max(2, Math.round((speaksOf * size) / subjects));
  const interval = figureInterval(figure, value, drawn, of, grades);
  return interval && interval[1] - interval[0];
}
