// Which rows of a batch are of one kind: the same grade, the same subject, the same image.

import { cast, equal, reshape, type Tensor } from '@semise/autograd';

/** 1 where rows i and j have the same label. @param labels [N] @returns [N, N] */
export function alike(labels: Tensor): Tensor {
  const [n] = labels.shape;
  return cast(equal(reshape(labels, [n, 1]), reshape(labels, [1, n])), 'float32');
}
