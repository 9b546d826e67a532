// Everything that decides what a training of a segmentation does, except the images and masks.

import { z } from 'zod';
import { ENCODER_NAMES } from '../../models/index.js';
import { trainingConfigSchema } from '../config.js';

export const segmentationSettingsSchema = z
  .object({
    /** Weights of the terms on masks. */
    dice: z.number().min(0),
    crossEntropy: z.number().min(0),
    focalTversky: z.number().min(0),
    /** Coarser levels of the decoder answer, too. */
    deepSupervision: z.boolean(),
    /** The encoder stays as it came; the decoder alone is trained. */
    frozenEncoder: z.boolean(),
    /** Learning rate of the encoder in learning rates of the decoder, in (0, 1]. */
    encoderRate: z.number().gt(0).max(1),
    /** Share of the images with a mask that are drawn for a lesion on it, in [0, 1]. */
    foreground: z.number().min(0).max(1),
    /**
     * Weight of what grades tell of images without a mask: with grade 0 no lesion is on them, with any other there is;
     * 0 = off.
     */
    presence: z.number().min(0),
    /** Weight of consistency with the averaged teacher on images without a mask; 0 = off. */
    consistency: z.number().min(0),
    /** A pixel counts where the teacher gives a class at least this probability. */
    confidence: z.number().min(0.5).lt(1),
    /** Strong views of each image without a mask. */
    strongViews: z.union([z.literal(1), z.literal(2)]),
    /** Also asks the decoder with half of the weak view's feature channels gone. */
    perturbFeatures: z.boolean(),
  })
  .strict();

export type SegmentationSettings = z.infer<typeof segmentationSettingsSchema>;

export const SEGMENTATION_DEFAULTS: SegmentationSettings = {
  dice: 1,
  crossEntropy: 1,
  focalTversky: 0,
  deepSupervision: false,
  frozenEncoder: false,
  encoderRate: 1,
  foreground: 0.5,
  presence: 0,
  consistency: 0,
  confidence: 0.95,
  strongViews: 1,
  perturbFeatures: true,
};

/** `imageSize` is the side of a patch, what the network sees; `batch` counts images with a mask. */
export const segmentationConfigSchema = trainingConfigSchema
  .omit({ method: true, settings: true, grades: true })
  .extend({
    /** A U-Net is built on our own networks. */
    encoder: z.enum(ENCODER_NAMES),
    /** Side of the square that an image is brought to; patches are cut from it. */
    workingSize: z.number().int().min(16),
    /** Classes of a pixel, background included. */
    classes: z.number().int().min(2),
    settings: segmentationSettingsSchema,
  });

export type SegmentationConfig = z.infer<typeof segmentationConfigSchema>;
