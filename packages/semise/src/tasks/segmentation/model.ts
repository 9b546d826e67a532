// The trained segmenter: a graph from raw pixels to class probabilities of every pixel, exported as one
// ONNX file that needs nothing of semise to run.

import { exportModel, input, type NamedTensor, softmax, type Tensor } from '@semise/autograd';
import { ENCODERS, trainedScope, unetDecoder } from '../../models/index.js';
import { onlyData, type SegmentationConfig } from '../../training/index.js';
import { standardize, toUnit } from '../../views/index.js';

type Shaped = Pick<SegmentationConfig, 'encoder' | 'channels' | 'imageSize' | 'pixels' | 'classes'>;

function segmenter(config: Shaped): Tensor {
  const scope = trainedScope();
  const { channels, imageSize, classes } = config;
  const pixels = input('image', [1, channels, imageSize, imageSize], 'uint8');
  const images = standardize(toUnit(pixels), config.pixels);
  const { stages } = ENCODERS[config.encoder](scope.within('encoder'), images);
  return softmax(unetDecoder(scope.within('decoder'), stages, { classes })[0], 1);
}

/**
 * `model.onnx`: `image` uint8 [N, C, S, S] -> `probabilities` [N, K, S, S].
 * @param weights without prefix: those that answer
 */
export const exportSegmenter = (
  config: Shaped,
  weights: ReadonlyMap<string, NamedTensor>,
  metadata: Record<string, string>,
): Uint8Array =>
  exportModel({
    name: 'semise-segmenter',
    outputs: { probabilities: segmenter(config) },
    weights: onlyData(weights),
    metadata,
  });
