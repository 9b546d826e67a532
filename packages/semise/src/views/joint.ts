// Views for segmentation: image and mask under one geometric transform, and for images without a mask a
// weak view beside strong ones of the same geometry, so that what is said of a pixel of one can be asked
// of the same pixel in the others.

import { affineGrid, cast, gridSampleNearest, type Tensor } from '@semise/autograd';
import type { Random } from '../random.js';
import { type DrawnViews, drawViews } from './draw.js';
import type { ViewPreset } from './presets.js';

/** Masks moved as `viewGraph` moves their images. @param masks [N, 1, S, S] @param theta [N, 2, 3] @returns float32 */
export function movedMasks(masks: Tensor, theta: Tensor): Tensor {
  const [, , height, width] = masks.shape;
  return gridSampleNearest(cast(masks, 'float32'), affineGrid(theta, height, width));
}

export interface JointPlan {
  /** Images with a mask. */
  readonly masked: number;
  /** Images without. */
  readonly unmasked: number;
  /** Strong views of each image without. */
  readonly strong: number;
}

/**
 * Draws one view of each image with a mask, then a weak view (geometry alone) of each without, then
 * its strong views (the same geometry, and all else). Nothing is greyed out: a box would hide what the
 * mask says is there.
 */
export function drawJointViews(
  preset: ViewPreset,
  r: Random,
  { masked, unmasked, strong }: JointPlan,
  channels: number,
  strength: number,
): DrawnViews {
  const whole: ViewPreset = { ...preset, erase: 0 };
  const geometry: ViewPreset = {
    ...whole,
    contrast: 0,
    brightness: 0,
    tint: 0,
    saturation: 0,
    gamma: 0,
    blur: [0, 0],
    noise: 0,
  };
  const weak = drawViews(geometry, r, unmasked, channels, strength);
  const parts = [
    drawViews(whole, r, masked, channels, strength),
    weak,
    ...Array.from({ length: strong }, () => ({
      ...drawViews(whole, r, unmasked, channels, strength),
      'views.theta': weak['views.theta'],
    })),
  ];
  const joined = (name: keyof DrawnViews): number[] => parts.flatMap((part) => [...part[name]]);
  return {
    'views.theta': Float32Array.from(joined('views.theta')),
    'views.colour': Float32Array.from(joined('views.colour')),
    'views.offset': Float32Array.from(joined('views.offset')),
    'views.gamma': Float32Array.from(joined('views.gamma')),
    'views.blur': Float32Array.from(joined('views.blur')),
    'views.noise': Float32Array.from(joined('views.noise')),
    'views.field': Int32Array.from(joined('views.field')),
    'views.box': Float32Array.from(joined('views.box')),
  };
}
