// Masked images (SimMIM, Xie et al., arXiv 2111.09886): hidden squares are painted from what is around
// them, by one linear layer on the feature map.

import {
  abs,
  broadcastTo,
  div,
  maximum,
  mul,
  reshape,
  sub,
  sum,
  type Tensor,
  transpose,
} from '@semise/autograd';

/** The value of each cell, at all its pixels. @param cells [N, h, w] @returns [N, 1, S, S] */
export function cellPixels(cells: Tensor, size: number): Tensor {
  const [n, h, w] = cells.shape;
  const [down, across] = [size / h, size / w];
  const spread = broadcastTo(reshape(cells, [n, h, 1, w, 1]), [n, h, down, w, across]);
  return reshape(spread, [n, 1, size, size]);
}

/**
 * Squares of pixels put together to images.
 * @param squares [N, h, w, C d a], each the d x a pixels of one place @returns [N, C, h d, w a]
 */
export function painted(squares: Tensor, channels: number, size: number): Tensor {
  const [n, h, w] = squares.shape;
  const split = reshape(squares, [n, h, w, channels, size / h, size / w]);
  return reshape(transpose(split, [0, 3, 1, 4, 2, 5]), [n, channels, size, size]);
}

/**
 * The mean absolute error at the hidden pixels (eq. 1).
 * @param image, guess [N, C, S, S] @param hidden [N, 1, S, S], 1 where hidden
 */
export function maskedError(guess: Tensor, image: Tensor, hidden: Tensor): Tensor {
  const error = mul(abs(sub(guess, image)), hidden);
  return div(sum(error), maximum(mul(sum(hidden), image.shape[1]), 1));
}
