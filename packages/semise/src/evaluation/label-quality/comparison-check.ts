// Where comparisons do not fit: each other, the grades, or the model.

import type { ComparisonRow } from '../../data/index.js';
import { bradleyTerry, worseThan } from './bradley-terry.js';
import { type Arrow, cyclicGroups, shortestCycles } from './comparison-graph.js';
import { type Share, share } from './share.js';

/** What is known of an image besides. */
export interface ComparedImage {
  readonly grade: number | null;
  /** The model's, K numbers; none where it gives none. */
  readonly probabilities: readonly number[];
  /** The model's severity score; null without a model. */
  readonly score: number | null;
}

/** An answer that something speaks against. */
export interface Doubt {
  line: number;
  moreSevere: string;
  lessSevere: string;
  rater: string;
  tie: boolean;
}

export interface ComparisonCheck {
  answers: number;
  ties: number;
  images: number;
  /** Pairs of images, each once. */
  pairs: number;
  /** Pairs that were asked more than once: how often an answer and the next on the pair are the same. */
  repeated: Share;
  /** Pairs with answers both ways. */
  contradictions: { a: string; b: string; aWorse: Asked[]; bWorse: Asked[] }[];
  /** Answers that lie on circles of any length, contradictions included. */
  cyclic: { answers: number; images: number; groups: number };
  /** The shortest circles of three images or more: each worse than the next, the last than the first. */
  cycles: { images: string[]; lines: number[] }[];
  /** Answers that all answers together hold to be wrong: probability of it by Bradley-Terry, above a half. */
  outvoted: (Doubt & { probability: number })[];
  /** The milder image has the higher grade; or a tie between grades two apart or more. `gap` in grades. */
  againstGrades: (Doubt & { grades: [number, number]; gap: number })[];
  /** Of each image: its answers against an image of another grade. */
  gradedAnswers: Record<string, number>;
  /** The model is sure of the contrary: probability of it, given that the two differ. */
  againstModel: (Doubt & { probability: number })[];
  raters: RaterConsistency[];
}

export interface Asked {
  rater: string;
  line: number;
}

export interface RaterConsistency {
  rater: string;
  answers: number;
  /** The same answer when asked again. */
  repeats: Share;
  /** The same answer as others on the same pair. */
  others: Share;
  /** Answers that lie on no circle of the rater's own. */
  acyclic: Share;
  /** The order of the grades, where those differ. */
  grades: Share;
  /** The order of the model's scores. */
  model: Share;
}

/** From this probability the model counts as sure. */
export const SURE = 0.9;

/** @param about what is known of an image; nothing where it gives undefined */
export function checkComparisons(
  answers: readonly ComparisonRow[],
  about: (image: string) => ComparedImage | undefined = () => undefined,
): ComparisonCheck {
  const numbers = new Map<string, number>();
  for (const { moreSevere, lessSevere } of answers) {
    for (const image of [moreSevere, lessSevere]) {
      if (!numbers.has(image)) numbers.set(image, numbers.size);
    }
  }
  const names = [...numbers.keys()];
  const placed = answers.map((answer) => ({
    ...answer,
    worse: numbers.get(answer.moreSevere)!,
    milder: numbers.get(answer.lessSevere)!,
  }));
  const byPair = new Map<string, typeof placed>();
  for (const answer of placed) {
    const key = [answer.worse, answer.milder].sort((a, b) => a - b).join();
    byPair.set(key, [...(byPair.get(key) ?? []), answer]);
  }
  const asked = [...byPair.values()];
  const strict = placed.filter(({ tie }) => !tie);
  const arrows = strict.map(({ worse, milder }): Arrow => [worse, milder]);
  const groups = cyclicGroups(names.length, arrows);
  const onCircle = between(groups, names.length);
  const severity = bradleyTerry(names.length, placed);
  const lines = new Map<string, number>();
  for (const { worse, milder, line } of strict) {
    if (!lines.has(`${worse},${milder}`)) lines.set(`${worse},${milder}`, line);
  }
  const doubt = ({ line, moreSevere, lessSevere, rater, tie }: ComparisonRow): Doubt => ({
    line,
    moreSevere,
    lessSevere,
    rater,
    tie,
  });

  return {
    answers: answers.length,
    ties: answers.length - strict.length,
    images: names.length,
    pairs: asked.length,
    repeated: consecutive(asked),
    contradictions: asked.flatMap((of) => {
      const [first] = of;
      const sides = [first.worse, first.milder].map((worse) =>
        of
          .filter((answer) => !answer.tie && answer.worse === worse)
          .map(({ rater, line }) => ({ rater, line })),
      );
      return sides.some((side) => side.length === 0)
        ? []
        : [{ a: first.moreSevere, b: first.lessSevere, aWorse: sides[0], bWorse: sides[1] }];
    }),
    cyclic: {
      answers: strict.filter(onCircle).length,
      images: groups.reduce((sum, group) => sum + group.length, 0),
      groups: groups.length,
    },
    cycles: shortestCycles(names.length, arrows).map((cycle) => ({
      images: cycle.map((i) => names[i]),
      lines: cycle.map((from, i) => lines.get(`${from},${cycle[(i + 1) % cycle.length]}`)!),
    })),
    outvoted: strict
      .map((answer) => ({
        ...doubt(answer),
        probability: worseThan(severity[answer.milder], severity[answer.worse]),
      }))
      .filter(({ probability }) => probability > 0.5)
      .sort((a, b) => b.probability - a.probability || a.line - b.line),
    againstGrades: answers
      .flatMap((answer) => {
        const [more, less] = gradesOf(answer, about);
        if (more === null || less === null) return [];
        const gap = answer.tie ? Math.abs(more - less) - 1 : less - more;
        return gap > 0 ? [{ ...doubt(answer), grades: [more, less] as [number, number], gap }] : [];
      })
      .sort((a, b) => b.gap - a.gap || a.line - b.line),
    gradedAnswers: gradedAnswers(strict, about),
    againstModel: strict
      .flatMap((answer) => {
        const probability = milderByModel(about(answer.moreSevere), about(answer.lessSevere));
        return probability !== null && probability >= SURE
          ? [{ ...doubt(answer), probability }]
          : [];
      })
      .sort((a, b) => b.probability - a.probability || a.line - b.line),
    raters: [...new Set(answers.map(({ rater }) => rater))]
      .sort()
      .map((rater) => consistency(rater, placed, asked, names.length, about)),
  };
}

interface Placed extends ComparisonRow {
  readonly worse: number;
  readonly milder: number;
}

function consistency(
  rater: string,
  placed: readonly Placed[],
  asked: readonly Placed[][],
  images: number,
  about: (image: string) => ComparedImage | undefined,
): RaterConsistency {
  const own = placed.filter((answer) => answer.rater === rater);
  const strict = own.filter(({ tie }) => !tie);
  const onCircle = between(
    cyclicGroups(
      images,
      strict.map(({ worse, milder }) => [worse, milder]),
    ),
    images,
  );
  const pairs = asked.map((of) => ({
    own: of.filter((answer) => answer.rater === rater),
    others: of.filter((answer) => answer.rater !== rater),
  }));
  const shared = pairs.flatMap(({ own, others }) =>
    own.flatMap((a) => others.map((b) => said(a) === said(b))),
  );
  const graded = strict.flatMap((answer) => {
    const [more, less] = gradesOf(answer, about);
    return more === null || less === null || more === less ? [] : [more > less];
  });
  const scored = strict.flatMap((answer) => {
    const more = about(answer.moreSevere)?.score ?? null;
    const less = about(answer.lessSevere)?.score ?? null;
    return more === null || less === null ? [] : [more > less];
  });
  return {
    rater,
    answers: own.length,
    repeats: consecutive(pairs.map(({ own }) => own)),
    others: trueShare(shared),
    acyclic: share(strict.length - strict.filter(onCircle).length, strict.length),
    grades: trueShare(graded),
    model: trueShare(scored),
  };
}

/** Which image an answer holds to be worse; -1 for neither. */
const said = ({ tie, worse }: Placed): number => (tie ? -1 : worse);

const trueShare = (of: readonly boolean[]): Share => share(of.filter(Boolean).length, of.length);

/** How often an answer on a pair and the next on it are the same. */
const consecutive = (pairs: readonly (readonly Placed[])[]): Share =>
  trueShare(pairs.flatMap((of) => of.slice(1).map((answer, i) => said(answer) === said(of[i]))));

/** Whether an answer lies within one of the groups. */
function between(groups: readonly number[][], images: number): (answer: Placed) => boolean {
  const groupOf = new Int32Array(images).fill(-1);
  groups.forEach((group, g) => {
    for (const image of group) groupOf[image] = g;
  });
  return ({ worse, milder }) => groupOf[worse] >= 0 && groupOf[worse] === groupOf[milder];
}

const gradesOf = (
  { moreSevere, lessSevere }: ComparisonRow,
  about: (image: string) => ComparedImage | undefined,
): (number | null)[] => [moreSevere, lessSevere].map((image) => about(image)?.grade ?? null);

function gradedAnswers(
  answers: readonly ComparisonRow[],
  about: (image: string) => ComparedImage | undefined,
): Record<string, number> {
  const counts: Record<string, number> = Object.create(null);
  for (const answer of answers) {
    const [more, less] = gradesOf(answer, about);
    if (more === null || less === null || more === less) continue;
    for (const image of [answer.moreSevere, answer.lessSevere])
      counts[image] = (counts[image] ?? 0) + 1;
  }
  return counts;
}

/** P(more is the milder | the two differ in grade), by the model; null where it says nothing. */
function milderByModel(more?: ComparedImage, less?: ComparedImage): number | null {
  if (!more?.probabilities.length || !less?.probabilities.length) return null;
  let milder = 0;
  let worse = 0;
  more.probabilities.forEach((p, i) => {
    less.probabilities.forEach((q, j) => {
      if (i < j) milder += p * q;
      if (i > j) worse += p * q;
    });
  });
  return milder + worse > 0 ? milder / (milder + worse) : null;
}
