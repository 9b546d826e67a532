// Why a model gives an image its severity score, as a graph of its own: the gradients are worked out here
// and exported with the model, so that any ONNX Runtime draws the maps.
//
// Grad-CAM (Selvaraju et al., arXiv 1610.02391) and integrated gradients (Sundararajan et al., arXiv
// 1703.01365), both of the score that the model reports, whatever its answer is made of.

import {
  add,
  constant,
  exportModel,
  input,
  matmul,
  mean,
  mul,
  pullback,
  relu,
  reshape,
  stopGradient,
  sub,
  sum,
  type Tensor,
} from '@semise/autograd';
import { InputError } from '../errors.js';
import { ELSEWHERE, type Scope, trainedScope } from '../models/index.js';
import { onlyData } from '../training/index.js';
import { toUnit } from '../views/index.js';
import { answersOf, encoded, modelInput, type Shaped, type TrainedModel } from './model.js';

/** The maps that gradients give. */
export const GRADIENT_METHODS = ['gradcam', 'integrated'] as const;
export type GradientMethod = (typeof GRADIENT_METHODS)[number];

/** Points on the way from the baseline: the sum of a map is then within about 1 % of what it must be. */
const STEPS = 32;

/**
 * Cells a side that a feature map must have for Grad-CAM. The deepest one that has is taken: of a small
 * encoder at 64 px the last but one (8 x 8), since the last sees 4 x 4.
 */
const CELLS = 8;

export interface ExplanationOptions {
  /** Which maps the file gives; both, unless told. */
  readonly methods?: readonly GradientMethod[];
  /** Where integrated gradients start [C, S, S], 0..255; the model's own baseline unless told. */
  readonly baseline?: Uint8Array;
  /** Points on the way from the baseline to the image. */
  readonly steps?: number;
  /** Which of the encoder's feature maps Grad-CAM reads, from 0 = the finest. */
  readonly stage?: number;
}

/**
 * `explain.onnx`: `image` uint8 [N, C, S, S] -> `score` [N], `baseline_score` [N], and maps of the size of
 * the image [N, S, S]: `gradcam` (>= 0: how much a place raises the score, up to scale) and `integrated`
 * (signed; the sum over the image is score - baseline_score, up to the error of the steps).
 * @throws InputError if the encoder is a file of its own, through which no gradient flows
 */
export function exportExplanation(
  model: TrainedModel,
  metadata: Record<string, string> = {},
  { methods = GRADIENT_METHODS, ...options }: ExplanationOptions = {},
): Uint8Array {
  const { config } = model;
  if (config.encoder === ELSEWHERE) {
    throw new InputError(
      'the encoder of this run is an ONNX file of its own, through which no gradient flows; use --method occlusion',
    );
  }
  const scope = trainedScope();
  const { name, shape, dtype } = modelInput(config);
  const pixels = toUnit(input(name, [1, ...shape], dtype));
  const base = constant(
    Float32Array.from(options.baseline ?? baselineOf(model), (level) => level / 255),
    [1, ...shape],
  );
  const seen = encoded(config, scope, pixels);
  const score = answersOf(scope, model, seen).score;
  // Of the baseline once, for each of the images.
  const start = answersOf(scope, model, encoded(config, scope, base)).score;
  const outputs: Record<string, Tensor> = {
    score,
    baseline_score: add(start, mul(score, 0)),
  };
  if (methods.includes('gradcam')) {
    const stage = seen.stages[options.stage ?? stageFor(seen.stages)];
    outputs.gradcam = gradCam(score, stage, config.imageSize);
  }
  if (methods.includes('integrated')) {
    outputs.integrated = integratedGradients(scope, model, pixels, base, options.steps ?? STEPS);
  }
  return exportModel({
    name: 'semise-explanation',
    outputs,
    weights: onlyData(model.weights),
    metadata,
  });
}

/** What integrated gradients and occlusion compare with: a mean healthy image, or the mean colour. */
export const baselineOf = ({
  baseline,
  config,
}: Pick<TrainedModel, 'baseline' | 'config'>): Uint8Array => baseline ?? meanColour(config);

function meanColour({ pixels, imageSize }: Shaped): Uint8Array {
  const area = imageSize ** 2;
  return Uint8Array.from({ length: pixels.mean.length * area }, (_, i) =>
    Math.round(255 * pixels.mean[Math.floor(i / area)]),
  );
}

/** The deepest feature map of enough cells; the finest where none has. */
function stageFor(stages: readonly Tensor[]): number {
  const enough = stages.map(({ shape }) => Math.min(shape[2], shape[3]) >= CELLS);
  return Math.max(0, enough.lastIndexOf(true));
}

/** Ones, one for each image of a run. */
const ones = (score: Tensor): Tensor => stopGradient(add(mul(score, 0), 1));

/**
 * ReLU of the feature maps weighted by the means of their gradients (eq. 1 and 2), enlarged.
 * @param score [N] @param stage [N, K, h, w] @returns [N, side, side]
 */
function gradCam(score: Tensor, stage: Tensor, side: number): Tensor {
  const [slope] = pullback(score, ones(score), [stage]);
  const weights = mean(slope, [2, 3], { keepDims: true });
  const map = relu(sum(mul(stage, weights), [1], { keepDims: true }));
  const [, , h, w] = stage.shape;
  const rows = constant(enlargement(h, side), [side, h]);
  const columns = constant(transposed(enlargement(w, side), side, w), [w, side]);
  return reshape(matmul(rows, matmul(map, columns)), [-1, side, side]);
}

/**
 * Linear interpolation from cells to pixels [side, cells]. Cell i looks at pixel i * side / cells: the
 * encoder's strided convolutions pad by half a kernel, so that the first cell is centred on the first
 * pixel, not on the middle of the first few as a resized picture is.
 */
function enlargement(cells: number, side: number): Float32Array {
  const weights = new Float32Array(side * cells);
  for (let i = 0; i < side; i++) {
    const at = Math.min((i * cells) / side, cells - 1);
    const low = Math.floor(at);
    weights[i * cells + low] += 1 - (at - low);
    if (at > low) weights[i * cells + low + 1] += at - low;
  }
  return weights;
}

const transposed = (values: Float32Array, rows: number, columns: number): Float32Array =>
  values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]);

/**
 * (x - x') times the mean of the gradients at the middles of equal steps from x' to x (eq. 1 and 3), over
 * channels. All points of an image are rows of one batch.
 * @param pixels x [N, C, S, S], 0..1 @param base x' [1, C, S, S] @returns [N, S, S]
 */
function integratedGradients(
  scope: Scope,
  model: TrainedModel,
  pixels: Tensor,
  base: Tensor,
  steps: number,
): Tensor {
  const image = pixels.shape.slice(1);
  const way = sub(pixels, base);
  const shares = constant(
    Array.from({ length: steps }, (_, i) => (i + 0.5) / steps),
    [1, steps, 1, 1, 1],
  );
  const apart = (t: Tensor) => reshape(t, [-1, 1, ...image]);
  const points = reshape(add(apart(base), mul(apart(way), shares)), [-1, ...image]);
  const { score } = answersOf(scope, model, encoded(model.config, scope, points));
  const [slope] = pullback(score, ones(score), [points]);
  const along = mean(reshape(slope, [-1, steps, ...image]), [1]);
  return sum(mul(along, way), [1]);
}
