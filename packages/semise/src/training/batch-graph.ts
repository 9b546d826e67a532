// A batch inside the graph: pixels and drawn numbers come in, a method finds views, features, grades and
// comparisons (methods/method.ts). What it declares as inputs, `drawBatch` fills.

import {
  cast,
  concat,
  constant,
  gather,
  input,
  oneHot,
  slice,
  type Tensor,
} from '@semise/autograd';
import {
  type Batch,
  type BatchPlan,
  batchSize,
  blocks,
  countOf,
  eachRow,
  type Mixing,
  mix,
  type Phase,
  part,
  type Reader,
  rowsOf,
} from '../methods/index.js';
import { ELSEWHERE, type Encoded, encoderOf, rootScope, type Scope } from '../models/index.js';
import { standardize, toUnit, viewGraph } from '../views/index.js';
import type { TrainingConfig } from './config.js';

/** The averaged weights answer; their names begin with this. */
export const AVERAGE = 'average.';

/** The batch of one phase. @param scope of the weights under training */
export function batchGraph(
  config: TrainingConfig,
  { plan, trainsEncoder }: Pick<Phase, 'plan' | 'trainsEncoder'>,
  scope: Scope,
): Batch {
  const { channels, imageSize, seed, grades } = config;
  const [students, teachers] = [rowsOf(plan, 'student'), rowsOf(plan, 'teacher')];
  const imageOfRow = (reader: Reader) =>
    eachRow(plan, reader, ({ firstImage }, place) => firstImage + place);
  const sources = [...imageOfRow('student'), ...imageOfRow('teacher')];
  const count = batchSize(plan);
  const shown =
    config.encoder === ELSEWHERE
      ? gathered(input('images', [count, config.pixels.mean.length]), sources)
      : viewGraph(
          gathered(
            toUnit(input('images', [count, channels, imageSize, imageSize], 'uint8')),
            sources,
          ),
        );
  const views = standardize(shown, config.pixels);

  const encode = (from: Scope, x: Tensor): Encoded =>
    encoderOf(config.encoder)(from.within('encoder'), x);
  // At rest the encoder is what will answer, the averaged weights with their running statistics, and
  // what it makes is a constant to the heads.
  const resting = rootScope({ seed, training: false, prefix: AVERAGE });
  const student = trainsEncoder ? scope : resting;

  const graded = countOf(plan.graded);
  const gradedViews = plan.graded?.views.length ?? 1;
  const mixing = mixingOf(plan, graded * gradedViews);
  const grade = repeated(input('batch.grade', [graded], 'int32'), gradedViews);
  const own = slice(views, 0, 0, students);
  const seen = plan.mixesGraded && mixing ? mixGraded(plan, own, mixing) : own;
  const pairs = countOf(plan.comparisons);
  const pairViews = plan.comparisons?.views.length ?? 1;
  const held = countOf(plan.held);
  const any = countOf(plan.any);
  const ofRows = (name: string): Tensor =>
    gathered(input(name, [batchSize(plan)], 'int32'), imageOfRow('student'));
  const batch: Batch = {
    plan,
    grades,
    progress: input('progress', []),
    images: seen,
    ...encode(student, seen),
    encode: (x) => encode(withoutUpdates(student), x),
    ...gradesOf(grade, grades, plan.mixesGraded ? mixing : undefined),
    subject: repeated(input('batch.subject', [graded], 'int32'), gradedViews),
    weight: constant(new Float32Array(graded * gradedViews).fill(1)),
    comparisonTarget: repeated(input('batch.target', [pairs]), pairViews),
    comparisonWeight: repeated(input('batch.comparisonWeight', [pairs]), pairViews),
    guess: repeated(input('batch.guess', [any]), plan.any?.views.length ?? 1),
    heldGrade: input('batch.heldGrade', [held], 'int32'),
    heldSubject: input('batch.heldSubject', [held], 'int32'),
    rowImage: ofRows('batch.image'),
    rowSubject: ofRows('batch.imageSubject'),
    ...(mixing && { mixing }),
  };
  if (teachers === 0) return batch;
  const theirs = slice(views, 0, students, students + teachers);
  return { ...batch, teacher: { scope: resting, images: theirs, ...encode(resting, theirs) } };
}

const repeated = (t: Tensor, times: number): Tensor => concat(Array<Tensor>(times).fill(t));

/** Rows of `x` by fixed numbers. */
const gathered = (x: Tensor, rows: readonly number[]): Tensor =>
  rows.length === x.shape[0] && rows.every((row, i) => row === i)
    ? x
    : gather(x, constant(rows, undefined, 'int64'));

/** The same weights; running statistics stay as they are. */
const withoutUpdates = (scope: Scope): Scope => ({
  ...scope,
  update: () => {},
  within: (name) => withoutUpdates(scope.within(name)),
});

/** @param graded graded views of the batch */
function mixingOf(plan: BatchPlan, graded: number): Mixing | undefined {
  const count = plan.mixed ?? (plan.mixesGraded ? graded : 0);
  if (count === 0) return undefined;
  return {
    partner: input('mixing.partner', [count], 'int64'),
    share: input('mixing.share', [count]),
  };
}

/** The views, each graded one mixed with its partner. */
function mixGraded(plan: BatchPlan, views: Tensor, mixing: Mixing): Tensor {
  const graded = part({ plan }, views, 'graded');
  const mixed = mix(graded, mixing);
  let taken = 0;
  return concat(
    blocks(plan, 'student').map(({ part, firstRow, images }) => {
      if (part !== 'graded') return slice(views, 0, firstRow, firstRow + images);
      taken += images;
      return slice(mixed, 0, taken - images, taken);
    }),
  );
}

/** Each graded view's grade, and its share of every grade. */
function gradesOf(grade: Tensor, grades: number, mixing?: Mixing): Pick<Batch, 'grade' | 'share'> {
  const one = oneHot(grade, grades);
  if (!mixing) return { grade, share: one };
  return { grade: mix(cast(grade, 'float32'), mixing), share: mix(one, mixing) };
}
