// Which images, masks and patches make a batch of a segmentation.

import { InputError } from '../../errors.js';
import { stageChannels } from '../../models/index.js';
import { type Random, random } from '../../random.js';
import { drawJointViews, type JointPlan, VIEW_PRESETS } from '../../views/index.js';
import type { BatchFeeds } from '../batches.js';
import type { SegmentationConfig } from './config.js';

/** What a training may see. Numbers are indices into the image source. */
export interface SegmentationData {
  /** Pixels of one image [C, W, W], 0..255. */
  readonly read: (index: number) => Uint8Array;
  /** Class of each pixel [W, W]. */
  readonly mask: (index: number) => Uint8Array;
  /** Images whose mask training may see; at least one holds a lesion. */
  readonly masked: readonly { index: number; lesion: boolean }[];
  /** Other images of which a grade says whether a lesion is on them. */
  readonly told: readonly { index: number; lesion: boolean }[];
  /** All images of the training split. */
  readonly any: readonly number[];
}

export interface SegmentationPlan extends JointPlan {
  /** Images without a mask, of which a grade is known; between those with a mask and the others. */
  readonly told: number;
}

/** Where no term asks for images without a mask none is seen; else, for each, one for every two with. */
export const segmentationPlan = ({ batch, settings }: SegmentationConfig): SegmentationPlan => {
  const some = Math.max(2, batch >> 1);
  return {
    masked: batch,
    told: settings.presence > 0 ? some : 0,
    unmasked: settings.consistency > 0 ? some : 0,
    strong: settings.strongViews,
  };
};

/** The inputs of one step: pixels, masks, random views, boxes to mix and channels to drop. */
export function drawSegmentationBatch(
  config: SegmentationConfig,
  data: SegmentationData,
  ...stream: (string | number)[]
): BatchFeeds {
  const r = random(config.seed, 'segmentation batch', ...stream);
  const { channels, imageSize: side, workingSize: whole, settings } = config;
  const plan = segmentationPlan(config);
  const withLesion = data.masked.filter(({ lesion }) => lesion);
  const forLesions = Math.round(settings.foreground * plan.masked);
  const once = plan.masked + plan.told;
  const images = new Uint8Array((once + plan.unmasked) * channels * side ** 2);
  const masks = new Uint8Array(plan.masked * side ** 2);
  for (let i = 0; i < plan.masked; i++) {
    const lesion = i < forLesions;
    const { index } = r.pick(lesion ? withLesion : data.masked);
    const mask = data.mask(index);
    const at = lesion ? aroundLesion(mask, whole, side, r) : anywhere(whole, side, r);
    images.set(patch(data.read(index), channels, whole, side, at), i * channels * side ** 2);
    masks.set(patch(mask, 1, whole, side, at), i * side ** 2);
  }
  const somewhere = (index: number): Uint8Array =>
    patch(data.read(index), channels, whole, side, anywhere(whole, side, r));
  const told = plan.told > 0 ? drawTold(usableTold(config, data), plan.told, r) : [];
  told.forEach(({ index }, i) => {
    images.set(somewhere(index), (plan.masked + i) * channels * side ** 2);
  });
  for (let i = 0; i < plan.unmasked; i++) {
    images.set(somewhere(r.pick(data.any)), (once + i) * channels * side ** 2);
  }
  return {
    images,
    masks,
    ...(plan.told > 0 && { told: Float32Array.from(told, ({ lesion }) => (lesion ? 1 : 0)) }),
    ...drawJointViews(
      VIEW_PRESETS[config.views],
      r,
      { ...plan, masked: once },
      channels,
      config.viewStrength,
    ),
    'mix.box': Float32Array.from(
      Array.from({ length: plan.unmasked * plan.strong }, () => mixingBox(r)).flat(),
    ),
    ...Object.fromEntries(
      droppedChannels(config).map(([name, count]) => [
        name,
        Float32Array.from({ length: count }, () => r.uniform()),
      ]),
    ),
  };
}

/**
 * Images that a grade tells something of: of a part of an image only if there is no lesion at all.
 * @throws InputError if the training asks for some and there are none
 */
export function usableTold(
  config: Pick<SegmentationConfig, 'imageSize' | 'workingSize' | 'settings'>,
  { told }: Pick<SegmentationData, 'told'>,
): SegmentationData['told'] {
  const whole = config.imageSize === config.workingSize;
  const usable = whole ? told : told.filter(({ lesion }) => !lesion);
  if (config.settings.presence > 0 && usable.length === 0) {
    throw new InputError(
      `presence: no training image without a visible mask has a grade${whole ? '' : ' of 0, and others say nothing of parts of an image'}; give grades, or set presence to 0`,
    );
  }
  return usable;
}

/** Some of them, with and without a lesion by turns where there are both. */
function drawTold(told: SegmentationData['told'], count: number, r: Random) {
  const kinds = [true, false].map((lesion) => told.filter((t) => t.lesion === lesion));
  const [first, second] = kinds.map((kind, k) => (kind.length > 0 ? kind : kinds[1 - k]));
  return Array.from({ length: count }, (_, i) => r.pick(i % 2 === 0 ? first : second));
}

/** Names and sizes of the inputs that decide which feature channels are dropped, a stage each. */
function droppedChannels(config: SegmentationConfig): [string, number][] {
  const { unmasked } = segmentationPlan(config);
  if (unmasked === 0 || !config.settings.perturbFeatures) return [];
  return stageChannels(config.encoder).map((c, i) => [`drop.${i}`, unmasked * c]);
}

type Corner = readonly [top: number, left: number];

const anywhere = (whole: number, side: number, r: Random): Corner => [
  r.integer(whole - side + 1),
  r.integer(whole - side + 1),
];

/** A patch that holds a random pixel of a lesion. */
function aroundLesion(mask: Uint8Array, whole: number, side: number, r: Random): Corner {
  if (whole === side) return [0, 0];
  const count = mask.reduce((n, c) => n + (c > 0 ? 1 : 0), 0);
  let left = r.integer(count);
  const pixel = mask.findIndex((c) => c > 0 && left-- === 0);
  const start = (at: number) => {
    const low = Math.max(0, at - side + 1);
    const high = Math.min(whole - side, at);
    return low + r.integer(high - low + 1);
  };
  return [start(Math.floor(pixel / whole)), start(pixel % whole)];
}

/** @param planes [channels, whole, whole] @returns [channels, side, side] */
function patch(
  planes: Uint8Array,
  channels: number,
  whole: number,
  side: number,
  [top, left]: Corner,
): Uint8Array {
  if (whole === side) return planes;
  const cut = new Uint8Array(channels * side * side);
  for (let c = 0; c < channels; c++) {
    for (let row = 0; row < side; row++) {
      const from = (c * whole + top + row) * whole + left;
      cut.set(planes.subarray(from, from + side), (c * side + row) * side);
    }
  }
  return cut;
}

/** The box of CutMix (Yun et al., arXiv 1905.04899) as UniMatch draws it: in half of the views. */
function mixingBox(r: Random): [number, number, number, number] {
  const mixed = r.chance(0.5);
  const area = r.uniform(0.02, 0.4);
  const aspect = Math.exp(r.uniform(Math.log(0.3), -Math.log(0.3)));
  const [width, height] = [Math.sqrt(area * aspect), Math.sqrt(area / aspect)].map((v) =>
    Math.min(1, v),
  );
  const [x, y] = [r.uniform(width - 1, 1 - width), r.uniform(height - 1, 1 - height)];
  return mixed ? [x - width, x + width, y - height, y + height] : [1, -1, 1, -1];
}
