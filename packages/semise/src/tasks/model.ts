// The trained model: a graph from raw pixels to grade probabilities, severity score and embedding,
// exported as one ONNX file that needs nothing of semise to run.

import {
  add,
  argMax,
  cast,
  concat,
  constant,
  type DType,
  div,
  type Engine,
  exportModel,
  greater,
  input,
  matmul,
  mul,
  type NamedTensor,
  type Runnable,
  reshape,
  type Shape,
  sigmoid,
  slice,
  softmax,
  sub,
  sum,
  type Tensor,
} from '@semise/autograd';
import { distanceToAnchor, distanceToPool } from '../losses/index.js';
import { type Answer, anchorVariable, EMBEDDING, embed } from '../methods/index.js';
import {
  cornHead,
  ELSEWHERE,
  type Encoded,
  encoderOf,
  type Scope,
  severityAxis,
  softmaxHead,
  trainedScope,
} from '../models/index.js';
import { onlyData, patchGuess, type TrainingConfig } from '../training/index.js';
import { standardize, toUnit, viewGraph } from '../views/index.js';
import type { CutPoints } from './cut-points.js';

/** What the model says of N images. */
export interface Answers {
  /** [N, K], rows sum to 1. */
  readonly probabilities: Tensor;
  /** [N], int64. */
  readonly grade: Tensor;
  /** [N], larger = worse. */
  readonly score: Tensor;
  /** Features of the encoder [N, F]. */
  readonly embedding: Tensor;
}

export type Shaped = Pick<
  TrainingConfig,
  'encoder' | 'channels' | 'imageSize' | 'pixels' | 'grades' | 'views'
>;

/** The variables that each answer is read with. */
const ANSWERS_WITH: Record<Answer, readonly string[]> = {
  softmax: ['softmax.weight'],
  corn: ['corn.weight'],
  axis: ['axis.weight'],
  anchor: ['anchor'],
  pool: ['projection.0.weight'],
  ensemble: ['softmax.weight', 'axis.weight'],
  blend: ['softmax.weight', 'axis.weight'],
  guided: ['softmax.weight', 'axis.weight'],
};

/** False before the phase that trains the answering head. @param weights without prefix */
export const canAnswer = (answer: Answer, weights: ReadonlyMap<string, unknown>): boolean =>
  ANSWERS_WITH[answer].every((name) => weights.has(name));

/** An answer that is read by cut points on a severity, alone or with others. */
export type BySeverity = Exclude<Answer, 'softmax' | 'corn'>;
export const isBySeverity = (answer: Answer): answer is BySeverity =>
  answer !== 'softmax' && answer !== 'corn';

type Fed = Pick<Shaped, 'encoder' | 'channels' | 'imageSize' | 'pixels'>;

/** What an exported model is fed: raw pixels, or features of an encoder at rest elsewhere. */
export const modelInput = (config: Fed): { name: string; shape: Shape; dtype: DType } =>
  config.encoder === ELSEWHERE
    ? { name: 'features', shape: [config.pixels.mean.length], dtype: 'float32' }
    : {
        name: 'image',
        shape: [config.channels, config.imageSize, config.imageSize],
        dtype: 'uint8',
      };

/**
 * Raw pixels [N, C, S, S], 0..255, or features [N, F], to features [N, F], with the model at rest.
 * @param seen what becomes of the pixels, 0..1, before the encoder sees them
 */
function encode(
  config: Shaped,
  scope: Scope,
  count: number,
  seen: (images: Tensor) => Tensor = (images) => images,
): Shown {
  const { name, shape, dtype } = modelInput(config);
  const fed = input(name, [count, ...shape], dtype);
  return encoded(config, scope, dtype === 'uint8' ? seen(toUnit(fed)) : fed);
}

/** What the encoder makes of images, beside the images themselves: pixels [N, C, S, S], 0..1, or features [N, F]. */
export interface Shown extends Encoded {
  readonly images: Tensor;
}

/** Pixels [N, C, S, S], 0..1, or features, to what the encoder makes of them, with the model at rest. */
export const encoded = (config: Shaped, scope: Scope, images: Tensor): Shown => ({
  images,
  ...encoderOf(config.encoder)(scope.within('encoder'), standardize(images, config.pixels)),
});

/** The severity before cut points: a position on the axis, or the distance to health. @returns [N] */
function severity(scope: Scope, answer: BySeverity, features: Tensor, healthy: number): Tensor {
  if (answer === 'axis' || answer === 'ensemble') return severityAxis(scope, features);
  const z = embed(scope, features);
  return answer === 'anchor'
    ? distanceToAnchor(z, anchorVariable(scope), 1)
    : distanceToPool(z, scope.statistic(POOL, [healthy, EMBEDDING], 0));
}

/**
 * What the severity of an answer is made of: a blend of the position on the axis and the expected grade
 * of the softmax head, with the guess by patches where it guides; all others of one part.
 * @returns one column a part [N, P]
 */
function parts(
  scope: Scope,
  { answer, config }: Pick<TrainedModel, 'answer' | 'config'>,
  { features, images }: Shown,
  healthy: number,
): Tensor {
  const column = (t: Tensor) => reshape(t, [-1, 1]);
  if (answer !== 'blend' && answer !== 'guided')
    return column(severity(scope, answer as BySeverity, features, healthy));
  const grade = expected(softmax(softmaxHead(scope, features, config.grades)));
  const both = [column(severityAxis(scope, features)), column(grade)];
  const guess = answer === 'guided' ? [column(patchGuess(scope, config, images))] : [];
  return concat([...both, ...guess], 1);
}

/** All that a model says of images. @throws Error without cut points */
export function answersOf(scope: Scope, model: TrainedModel, seen: Shown): Answers {
  const answers = evenAnswers(scope, model, seen);
  if (!model.odds) return answers;
  const likely = mul(answers.probabilities, constant(model.odds, [1, model.odds.length]));
  const probabilities = div(likely, sum(likely, [1], { keepDims: true }));
  const grade =
    model.answer === 'softmax' ? argMax(probabilities) : medianGrade(tail(probabilities));
  return { ...answers, probabilities, grade };
}

/** The same as if every grade were equally likely before the image is seen. */
function evenAnswers(scope: Scope, model: TrainedModel, seen: Shown): Answers {
  const { answer, config } = model;
  const embedding = seen.features;
  const k = config.grades;
  if (answer === 'softmax') {
    const probabilities = softmax(softmaxHead(scope, embedding, k));
    return {
      probabilities,
      grade: argMax(probabilities),
      score: expected(probabilities),
      embedding,
    };
  }
  if (answer === 'corn') {
    const above = exceedance(sigmoid(cornHead(scope, embedding, k)));
    return { ...byMedian(above), score: sum(above, [1]), embedding };
  }
  if (!model.cuts) throw new Error(`the answer "${answer}" needs cut points`);
  const { cuts, scale } = model.cuts;
  const { spread = [1] } = model;
  const each = parts(scope, model, seen, poolSize(model.weights));
  const score = sum(
    mul(
      each,
      constant(
        spread.map((s) => 1 / s),
        [1, spread.length],
      ),
    ),
    [1],
  );
  const margin = sub(reshape(score, [-1, 1]), constant(cuts, [1, k - 1]));
  const above = sigmoid(mul(margin, 1 / scale));
  if (answer !== 'ensemble') return { ...byMedian(above), score, embedding };
  const head = softmax(softmaxHead(scope, embedding, k));
  const both = mul(add(tail(head), above), 0.5);
  return { ...byMedian(both), score: sum(both, [1]), embedding };
}

/** The expected grade. @param probabilities [N, K] @returns [N] */
const expected = (probabilities: Tensor): Tensor => {
  const k = probabilities.shape[1];
  return sum(mul(probabilities, constant([...Array(k).keys()], [1, k])), [1]);
};

/** P(grade > k) of CORN's conditional P(grade > k | grade >= k): the running product. [N, K - 1] */
function exceedance(conditional: Tensor): Tensor {
  const column = (i: number) => slice(conditional, 1, i, i + 1);
  const columns = [column(0)];
  for (let i = 1; i < conditional.shape[1]; i++) columns.push(mul(columns[i - 1], column(i)));
  return concat(columns, 1);
}

/** P(grade > k) of the probabilities of grades: sums over the grades above. [N, K] -> [N, K - 1] */
function tail(probabilities: Tensor): Tensor {
  const k = probabilities.shape[1];
  const above = Array.from({ length: k * (k - 1) }, (_, i) =>
    Math.floor(i / (k - 1)) > i % (k - 1) ? 1 : 0,
  );
  return matmul(probabilities, constant(above, [k, k - 1]));
}

/** How many of the questions "worse than k?" are more likely yes than no. @param above P(grade > k) [N, K - 1] */
const medianGrade = (above: Tensor): Tensor =>
  cast(sum(cast(greater(above, 0.5), 'float32'), [1]), 'int64');

/** Grade and probabilities from P(grade > k) [N, K - 1], falling in k. */
function byMedian(above: Tensor): Pick<Answers, 'grade' | 'probabilities'> {
  const one = constant([1], [1, 1]);
  const certain = add(mul(slice(above, 1, 0, 1), 0), one); // [N, 1] of ones, N left open
  const none = mul(slice(above, 1, 0, 1), 0);
  return {
    grade: medianGrade(above),
    probabilities: sub(concat([certain, above], 1), concat([above, none], 1)),
  };
}

/**
 * What the severity of random views is made of, by the weights that the engine holds, before any cut
 * points are known. @param seen what becomes of the pixels, if not random views @returns [count, P]
 */
export function severityParts(
  model: Pick<TrainedModel, 'answer' | 'config'>,
  prefix: string,
  count: number,
  healthy: number,
  seen: (images: Tensor) => Tensor = viewGraph,
): { value: Tensor } {
  const scope = trainedScope(prefix);
  return { value: parts(scope, model, encode(model.config, scope, count, seen), healthy) };
}

/** Embeddings of images by the weights that the engine holds. @returns [count, EMBEDDING] */
export function embeddings(config: Shaped, prefix: string, count: number) {
  const scope = trainedScope(prefix);
  return { value: embed(scope, encode(config, scope, count).features) };
}

/** The healthy embeddings that severity is measured from, among a model's weights. */
export const POOL = 'pool';
const poolSize = (weights: ReadonlyMap<string, NamedTensor>): number =>
  weights.get(POOL)?.shape[0] ?? 0;

export interface TrainedModel {
  readonly config: Shaped;
  readonly answer: Answer;
  readonly cuts?: CutPoints;
  /** The severity is the sum of its parts, each divided by its spread over the graded images. */
  readonly spread?: readonly number[];
  /** By grade: how much likelier than others it is before an image is seen (grade-odds.ts); none where all are alike. */
  readonly odds?: readonly number[];
  /** The mean of healthy images [C, S, S], 0..255: what explanations compare with. */
  readonly baseline?: Uint8Array;
  /** Without prefix: the weights that answer. */
  readonly weights: ReadonlyMap<string, NamedTensor>;
}

/** `model.onnx`: `image` uint8 [N, C, S, S] (or `features` [N, F]) -> `probabilities`, `grade`, `score`, `embedding`. */
export function exportOnnx(model: TrainedModel, metadata: Record<string, string>): Uint8Array {
  const scope = trainedScope();
  const outputs = answersOf(scope, model, encode(model.config, scope, 1));
  return exportModel({
    name: 'semise',
    outputs: { ...outputs },
    weights: onlyData(model.weights),
    metadata,
  });
}

/** `encoder.onnx`: `image` uint8 [N, C, S, S] -> `embedding` [N, F]. */
export function exportEncoder(model: TrainedModel, metadata: Record<string, string>): Uint8Array {
  const scope = trainedScope();
  return exportModel({
    name: 'semise-encoder',
    outputs: { embedding: encode(model.config, scope, 1).features },
    weights: onlyData(model.weights),
    metadata,
  });
}

/** Loads an exported model into an engine. */
export function loadOnnx(
  engine: Engine,
  bytes: Uint8Array,
  config: Fed,
  outputs: readonly string[],
): Promise<Runnable> {
  const any: Shape = [-1];
  const { name, shape, dtype } = modelInput(config);
  return engine.load({
    model: bytes,
    inputs: { [name]: { shape: [-1, ...shape], dtype } },
    outputs: Object.fromEntries(outputs.map((name) => [name, { shape: any, dtype: 'float32' }])),
    variables: {},
    updates: {},
    provider: engine.provider,
  });
}
