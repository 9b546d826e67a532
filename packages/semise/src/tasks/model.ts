// The trained model: a graph from raw pixels to grade probabilities, severity score and embedding,
// exported as one ONNX file that needs nothing of semise to run.

import {
  add,
  argMax,
  cast,
  concat,
  constant,
  type Engine,
  exportModel,
  greater,
  input,
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
import { distanceToAnchor } from '../losses/index.js';
import { type Answer, anchorVariable, embed } from '../methods/index.js';
import {
  constantly,
  cornHead,
  ENCODERS,
  rootScope,
  type Scope,
  severityAxis,
  softmaxHead,
} from '../models/index.js';
import type { TrainingConfig } from '../training/index.js';
import { standardize, toUnit } from '../views/index.js';
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

type Shaped = Pick<TrainingConfig, 'encoder' | 'channels' | 'imageSize' | 'pixels' | 'grades'>;

/** The variable that each answer is read with. */
const ANSWERS_WITH: Record<Answer, string> = {
  softmax: 'softmax.weight',
  corn: 'corn.weight',
  axis: 'axis.weight',
  anchor: 'anchor',
};

/** False before the phase that trains the answering head. @param weights without prefix */
export const canAnswer = (answer: Answer, weights: ReadonlyMap<string, unknown>): boolean =>
  weights.has(ANSWERS_WITH[answer]);

/** Names of variables whose values are known: none is drawn at random only to be replaced. */
function trainedScope(prefix = ''): Scope {
  const known = (scope: Scope): Scope => ({
    ...scope,
    weight: (name, shape) => scope.weight(name, shape, constantly(0)),
    within: (name) => known(scope.within(name)),
  });
  return known(rootScope({ seed: 0, training: false, prefix }));
}

/** Raw pixels [N, C, S, S], 0..255, to features, with the model at rest. */
function encode(config: Shaped, scope: Scope, count: number): Tensor {
  const shape = [count, config.channels, config.imageSize, config.imageSize];
  const images = standardize(toUnit(input('image', shape, 'uint8')), config.pixels);
  return ENCODERS[config.encoder](scope.within('encoder'), images).features;
}

/** The severity before cut points: a position on the axis, or the distance to health. @returns [N] */
function severity(scope: Scope, answer: 'axis' | 'anchor', features: Tensor): Tensor {
  return answer === 'axis'
    ? severityAxis(scope, features)
    : distanceToAnchor(embed(scope, features), anchorVariable(scope), 1);
}

/** @param cuts where the answer is read by cut points */
function answers(
  config: Shaped,
  scope: Scope,
  answer: Answer,
  cuts: CutPoints | undefined,
): Answers {
  const embedding = encode(config, scope, 1);
  const k = config.grades;
  const levels = constant(
    Array.from({ length: k }, (_, i) => i),
    [1, k],
  );
  if (answer === 'softmax') {
    const probabilities = softmax(softmaxHead(scope, embedding, k));
    const score = sum(mul(probabilities, levels), [1]);
    return { probabilities, grade: argMax(probabilities), score, embedding };
  }
  let above: Tensor; // P(grade > k) [N, K - 1]
  let score: Tensor;
  if (answer === 'corn') {
    const conditional = sigmoid(cornHead(scope, embedding, k));
    let product = slice(conditional, 1, 0, 1);
    const columns = [product];
    for (let i = 1; i < k - 1; i++) {
      product = mul(product, slice(conditional, 1, i, i + 1));
      columns.push(product);
    }
    above = concat(columns, 1);
    score = sum(above, [1]);
  } else {
    if (!cuts) throw new Error(`the answer "${answer}" needs cut points`);
    score = severity(scope, answer, embedding);
    const margin = sub(reshape(score, [1, 1]), constant(cuts.cuts, [1, k - 1]));
    above = sigmoid(mul(margin, 1 / cuts.scale));
  }
  // The median grade: how many of the questions "worse than k?" are more likely yes than no.
  const grade = cast(sum(cast(greater(above, 0.5), 'float32'), [1]), 'int64');
  const one = constant([1], [1, 1]);
  const certain = add(mul(slice(above, 1, 0, 1), 0), one); // [N, 1] of ones, N left open
  const none = mul(slice(above, 1, 0, 1), 0);
  const probabilities = sub(concat([certain, above], 1), concat([above, none], 1));
  return { probabilities, grade, score, embedding };
}

/** Severity of images by the weights that the engine holds, before any cut points are known. */
export function severityOutputs(config: Shaped, answer: Answer, prefix: string, count: number) {
  const scope = trainedScope(prefix);
  const embedding = encode(config, scope, count);
  if (answer === 'axis' || answer === 'anchor') {
    return { score: severity(scope, answer, embedding) };
  }
  throw new Error(`the answer "${answer}" is not read by cut points`);
}

export interface TrainedModel {
  readonly config: Shaped;
  readonly answer: Answer;
  readonly cuts?: CutPoints;
  /** Without prefix: the weights that answer. */
  readonly weights: ReadonlyMap<string, NamedTensor>;
}

/** `model.onnx`: `image` uint8 [N, C, S, S] -> `probabilities`, `grade`, `score`, `embedding`. */
export function exportOnnx(model: TrainedModel, metadata: Record<string, string>): Uint8Array {
  const scope = trainedScope();
  const outputs = answers(model.config, scope, model.answer, model.cuts);
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
    outputs: { embedding: encode(model.config, scope, 1) },
    weights: onlyData(model.weights),
    metadata,
  });
}

const onlyData = (weights: ReadonlyMap<string, NamedTensor>) =>
  new Map([...weights].map(([name, t]) => [name, t.data]));

/** Loads an exported model into an engine. */
export function loadOnnx(
  engine: Engine,
  bytes: Uint8Array,
  pixels: readonly [channels: number, height: number, width: number],
  outputs: readonly string[],
): Promise<Runnable> {
  const any: Shape = [-1];
  return engine.load({
    model: bytes,
    inputs: { image: { shape: [-1, ...pixels], dtype: 'uint8' } },
    outputs: Object.fromEntries(outputs.map((name) => [name, { shape: any, dtype: 'float32' }])),
    variables: {},
    updates: {},
    provider: engine.provider,
  });
}
