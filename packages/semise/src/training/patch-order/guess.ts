// The guess as a part of the trained model: it reads pixels, beside the encoder.

import { add, concat, matmul, reshape, type Shape, type Tensor } from '@semise/autograd';
import type { Scope } from '../../models/index.js';
import { type Described, description, hasPatches } from './description.js';
import { DICTIONARY_SHAPES, type Dictionary } from './dictionary.js';

/** Where its constants are kept among the weights of a model. */
export const PATCH = 'patch';

/**
 * How severe images look by their patches: P(a more severe than b) = sigmoid(guess(a) - guess(b)).
 * @param seen images [n, C, S, S], 0..1, or features [n, F] @returns [n]
 */
export function patchGuess(scope: Scope, config: Described, seen: Tensor): Tensor {
  const kept = scope.within(PATCH);
  const of = (name: keyof Dictionary): Tensor => kept.statistic(name, DICTIONARY_SHAPES[name], 0);
  const dictionary = hasPatches(config)
    ? { whiten: of('whiten'), center: of('center'), words: of('words') }
    : undefined;
  const known = concat(description(config, seen, dictionary), 1);
  const direction = kept.statistic('direction', directionShape(known), 0);
  return reshape(add(matmul(known, direction), kept.statistic('offset', [1], 0)), [-1]);
}

/** @param known descriptions [n, D] */
export const directionShape = (known: Tensor): Shape => [known.shape[1], 1];
