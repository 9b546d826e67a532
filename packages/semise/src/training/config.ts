// Everything that decides what a training does, except the images themselves.

import { z } from 'zod';
import { DEFAULT_SETTINGS, METHOD_NAMES, settingsSchema } from '../methods/index.js';
import { ELSEWHERE, ENCODER_NAMES } from '../models/index.js';
import { VIEW_PRESET_NAMES } from '../views/index.js';

export const trainingConfigSchema = z.object({
  seed: z.number().int().nonnegative(),
  method: z.enum(METHOD_NAMES),
  /** Those that a run of an earlier version does not name have their defaults. */
  settings: z.preprocess(
    (given) => ({ ...DEFAULT_SETTINGS, ...(given as object) }),
    settingsSchema,
  ),
  /** Our network, or `onnx`: features of an encoder at rest come in place of images. */
  encoder: z.enum([...ENCODER_NAMES, ELSEWHERE]),
  /** Pixels along each side of the images that the encoder sees. */
  imageSize: z.number().int().min(16).max(4096),
  channels: z.union([z.literal(1), z.literal(3)]),
  /** Highest grade + 1. */
  grades: z.number().int().min(2),
  /** Mean and standard deviation of the training pixels a channel, in 0..1; of features, of each. */
  pixels: z.object({ mean: z.array(z.number()), deviation: z.array(z.number().positive()) }),
  views: z.enum(VIEW_PRESET_NAMES),
  /** Scales all ranges of the preset. */
  viewStrength: z.number().min(0).max(2),
  steps: z.number().int().positive(),
  /** Images (views) a step. */
  batch: z.number().int().min(4),
  optimizer: z.enum(['sgd', 'adamw', 'lars']),
  learningRate: z.number().positive(),
  weightDecay: z.number().nonnegative(),
  /** Batches whose gradients make one step. */
  accumulate: z.number().int().positive(),
  /** Gradients longer than this, all together, are shortened to it. */
  clipNorm: z.number().positive(),
  /** Decay of the moving average of the weights, which is what answers. */
  averageDecay: z.number().min(0).lt(1),
  provider: z.enum(['cpu', 'webgpu', 'cuda']),
  /** Threads of one operation, null = all cores. Sums are added up in another order with another number. */
  threads: z.number().int().positive().nullable().default(null),
});

export type TrainingConfig = z.infer<typeof trainingConfigSchema>;
