// Heads: what reads an answer off the features. Projection for contrastive losses, softmax and CORN
// for grades, and the severity axis.

import { gemm, relu, reshape, type Tensor } from '@semise/autograd';
import { batchNormalization, linear } from './layers.js';
import { normal, type Scope } from './scope.js';

/**
 * g: two layers to the space where contrastive losses compare (SimCLR, arXiv 2002.05709).
 * @param options.normalized batch norm before the ReLU (BYOL, arXiv 2006.07733; VICReg, arXiv 2105.04906); false, unless told
 * @returns [N, out]
 */
export function projectionHead(
  scope: Scope,
  features: Tensor,
  out = 128,
  { normalized = false }: { normalized?: boolean } = {},
): Tensor {
  const s = scope.within('projection');
  const hidden = linear(s, '0', features, features.shape[1]);
  return linear(s, '1', relu(normalized ? normalizedRows(s, hidden) : hidden), out);
}

/** @param x [N, C] */
const normalizedRows = (scope: Scope, x: Tensor): Tensor =>
  reshape(batchNormalization(scope, 'norm', reshape(x, [...x.shape, 1, 1])), x.shape);

/** One logit a grade. @returns [N, grades] */
export const softmaxHead = (scope: Scope, features: Tensor, grades: number): Tensor =>
  linear(scope, 'softmax', features, grades);

/** One logit for each "grade > k given grade >= k" (CORN, arXiv 2111.08851). @returns [N, grades - 1] */
export const cornHead = (scope: Scope, features: Tensor, grades: number): Tensor =>
  linear(scope, 'corn', features, grades - 1);

/** The severity axis: s(x) = w . f(x), no bias, since only differences count. @returns [N] */
export function severityAxis(scope: Scope, features: Tensor): Tensor {
  const weight = scope.within('axis').weight('weight', [1, features.shape[1]], normal(0.01));
  return reshape(gemm(features, weight, { transB: true }), [features.shape[0]]);
}
