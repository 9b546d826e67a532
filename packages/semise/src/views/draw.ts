// The random numbers behind a batch of views. The host draws these few numbers an image; the graph
// (view-graph.ts) does the pixels.

import type { Random } from '../random.js';
import type { ViewPreset } from './presets.js';

/** How many noise fields the graph holds; each view takes one of them, scaled. */
export const NOISE_FIELDS = 16;

/** Names and shapes of the inputs that `viewGraph` declares, for `count` views of C channels. */
export interface DrawnViews {
  /** Output to source coordinates [count, 2, 3]. */
  readonly 'views.theta': Float32Array;
  /** Colour matrix [count, C, C] and offset [count, C, 1]. */
  readonly 'views.colour': Float32Array;
  readonly 'views.offset': Float32Array;
  /** [count], each. */
  readonly 'views.gamma': Float32Array;
  readonly 'views.blur': Float32Array;
  readonly 'views.noise': Float32Array;
  readonly 'views.field': Int32Array;
  /** Erased box [count, 4]: left, right, top, bottom in [-1, 1]; empty where left > right. */
  readonly 'views.box': Float32Array;
}

const LUMA = [0.299, 0.587, 0.114];

/**
 * Draws views.
 * @param strengths scale every range, for all views or for each: 1 as the preset says, 0 leaves the
 *   images as they are
 */
export function drawViews(
  preset: ViewPreset,
  r: Random,
  count: number,
  channels: number,
  strengths: number | readonly number[] = 1,
): DrawnViews {
  const drawn = {
    'views.theta': new Float32Array(count * 6),
    'views.colour': new Float32Array(count * channels * channels),
    'views.offset': new Float32Array(count * channels),
    'views.gamma': new Float32Array(count),
    'views.blur': new Float32Array(count),
    'views.noise': new Float32Array(count),
    'views.field': new Int32Array(count),
    'views.box': new Float32Array(count * 4),
  };
  for (let i = 0; i < count; i++) {
    const strength = typeof strengths === 'number' ? strengths : strengths[i];
    drawn['views.theta'].set(affine(preset, r, strength), i * 6);
    const { matrix, offset } = colour(preset, r, channels, strength);
    drawn['views.colour'].set(matrix, i * channels * channels);
    drawn['views.offset'].set(offset, i * channels);
    drawn['views.gamma'][i] = Math.exp(strength * r.uniform(-preset.gamma, preset.gamma));
    drawn['views.blur'][i] = strength * r.uniform(...preset.blur);
    drawn['views.noise'][i] = strength * r.uniform(0, preset.noise);
    drawn['views.field'][i] = r.integer(NOISE_FIELDS);
    drawn['views.box'].set(box(preset, r, strength), i * 4);
  }
  return drawn;
}

/** Crop, aspect, rotation and flips as one map. A flip is a matter of kind, not of strength. */
function affine(p: ViewPreset, r: Random, strength: number): number[] {
  // A power, like the aspect: linear in strength a strong crop would shrink to nothing.
  const area = r.uniform(...p.area) ** strength;
  const aspect = Math.exp(strength * r.uniform(-Math.log(p.aspect), Math.log(p.aspect)));
  const width = Math.min(1, Math.sqrt(area * aspect));
  const height = Math.min(1, Math.sqrt(area / aspect));
  const angle = (strength * r.uniform(-p.rotation, p.rotation) * Math.PI) / 180;
  const dx = r.uniform(width - 1, 1 - width);
  const dy = r.uniform(height - 1, 1 - height);
  const flipX = strength > 0 && r.chance(p.horizontalFlip) ? -1 : 1;
  const flipY = strength > 0 && r.chance(p.verticalFlip) ? -1 : 1;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return [width * c * flipX, -width * s * flipY, dx, height * s * flipX, height * c * flipY, dy];
}

/** Contrast about mid-grey, brightness, tint and saturation as one matrix and offset. */
function colour(p: ViewPreset, r: Random, channels: number, strength: number) {
  const contrast = 1 + strength * r.uniform(-p.contrast, p.contrast);
  const brightness = strength * r.uniform(-p.brightness, p.brightness);
  const saturation = 1 + strength * r.uniform(-p.saturation, p.saturation);
  const matrix: number[] = [];
  for (let out = 0; out < channels; out++) {
    const gain = contrast * (channels > 1 ? 1 + strength * r.uniform(-p.tint, p.tint) : 1);
    for (let from = 0; from < channels; from++) {
      const grey = channels > 1 ? LUMA[from] * (1 - saturation) : 0;
      matrix.push(gain * (grey + (out === from ? (channels > 1 ? saturation : 1) : 0)));
    }
  }
  return { matrix, offset: Array<number>(channels).fill(0.5 * (1 - contrast) + brightness) };
}

function box(p: ViewPreset, r: Random, strength: number): number[] {
  const erased = r.chance(p.erase * strength);
  const area = r.uniform(Math.min(0.02, p.eraseArea), p.eraseArea);
  const aspect = Math.exp(r.uniform(-0.7, 0.7));
  const [halfWidth, halfHeight] = [Math.sqrt(area * aspect), Math.sqrt(area / aspect)];
  const [x, y] = [r.uniform(-1, 1), r.uniform(-1, 1)];
  return erased ? [x - halfWidth, x + halfWidth, y - halfHeight, y + halfHeight] : [1, -1, 1, -1];
}
