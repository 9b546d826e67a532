// The guess as a part of the trained model: it reads pixels, beside the encoder.

import { add, concat, matmul, reshape, type Shape, type Tensor } from '@semise/autograd';
import type { Scope } from '../../models/index.js';
import { type Described, hasPatches, looks } from './description.js';
import { type Dictionaries, type Dictionary, dictionaryShapes, GRAINS } from './dictionary.js';

/** Where its constants are kept among the weights of a model. */
export const PATCH = 'patch';

/**
 * How severe images look by their patches: P(a more severe than b) = sigmoid(guess(a) - guess(b)).
 * @param seen images [n, C, S, S], 0..1, or features [n, F] @returns [n]
 */
export function patchGuess(scope: Scope, config: Described, seen: Tensor): Tensor {
  const kept = scope.within(PATCH);
  const known = concat(
    looks(config, seen, hasPatches(config) ? dictionariesOf(kept) : undefined).flat(),
    1,
  );
  const direction = kept.statistic('direction', directionShape(known), 0);
  return reshape(add(matmul(known, direction), kept.statistic('offset', [1], 0)), [-1]);
}

function dictionariesOf(scope: Scope): Dictionaries<Tensor> {
  const of = (grain: keyof typeof GRAINS): Dictionary<Tensor> => {
    const shapes = dictionaryShapes(GRAINS[grain]);
    const own = scope.within(grain);
    const part = (name: keyof Dictionary) => own.statistic(name, shapes[name], 0);
    return { whiten: part('whiten'), center: part('center'), words: part('words') };
  };
  return { fine: of('fine'), coarse: of('coarse') };
}

/** @param known descriptions [n, D] */
export const directionShape = (known: Tensor): Shape => [known.shape[1], 1];
