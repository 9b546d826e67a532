// A trained segmenter at work: from an image file to the mask of its lesions at the image's own size.

import type { Engine } from '@semise/autograd';
import { type DecodeOptions, type Mask, placement } from '../../data/index.js';
import {
  atOwnSize,
  type Flip,
  gradeImages,
  loadOnnx,
  segmentWhole,
  withoutSpecks,
} from '../../tasks/index.js';
import { VIEW_PRESETS } from '../../views/index.js';
import type { SegmentationRunConfig } from './config.js';
import type { PictureSize } from './picture.js';

export interface Segmenter {
  /** @param pixels [C, W, W], 0..255, what `decodeImage` gives at the working size */
  segment(pixels: Uint8Array, own: PictureSize): Promise<Mask>;
  /** Severity score of an image that is decoded as asked; null where the run has no severity model. */
  score(decode: (options: DecodeOptions) => Promise<Uint8Array>): Promise<number | null>;
}

/** Mirror images that the views of training held, too. */
export function flipsOf({ training }: SegmentationRunConfig): Flip[] {
  const { horizontalFlip, verticalFlip } = VIEW_PRESETS[training.views];
  const across = horizontalFlip > 0;
  const down = verticalFlip > 0;
  return [
    ...(across ? (['horizontal'] as const) : []),
    ...(down ? (['vertical'] as const) : []),
    ...(across && down ? (['both'] as const) : []),
  ];
}

/**
 * @param severity the bytes of severity.onnx @param flips whose answers are averaged
 */
export async function loadSegmenter(
  engine: Engine,
  config: SegmentationRunConfig,
  model: Uint8Array,
  severity: Uint8Array | null,
  flips: readonly Flip[],
): Promise<Segmenter> {
  const { channels, imageSize: side, workingSize: whole, classes } = config.training;
  const network = await loadOnnx(engine, model, config.training, ['probabilities']);
  const shape = config.severity;
  const grader =
    severity && shape
      ? await loadOnnx(engine, severity, { ...config.training, ...shape }, [
          'probabilities',
          'grade',
          'score',
          'embedding',
        ])
      : null;
  return {
    segment: async (pixels, own) => {
      const window = { channels, whole, side, classes, flips };
      const probabilities = await segmentWhole(network, pixels, window);
      const place = placement(own.width, own.height, whole, config.data.fit);
      const mask = atOwnSize(probabilities, classes, whole, place, own);
      return withoutSpecks(mask, config.leastLesion);
    },
    score: async (decode) => {
      if (!grader || !shape) return null;
      const pixels = await decode({ size: shape.imageSize, ...shape });
      const [answer] = await gradeImages(grader, [0], () => pixels);
      return answer.score;
    },
  };
}
