// config.json of a segmentation: everything needed to repeat it.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Leakage } from '../../data/index.js';
import { InputError } from '../../errors.js';
import type { EncoderName } from '../../models/index.js';
import { sideStep } from '../../models/index.js';
import {
  SEGMENTATION_DEFAULTS,
  type SegmentationConfig,
  type SegmentationSettings,
  segmentationConfigSchema,
} from '../../training/index.js';
import type { ViewPresetName } from '../../views/index.js';

const fit = z.enum(['letterbox', 'crop', 'stretch']);

export const segmentationRunSchema = z.object({
  semise: z.string(),
  task: z.literal('segmentation'),
  data: z.object({
    /** Absolute path of labels.csv. */
    file: z.string(),
    fingerprint: z.string(),
    fit,
    /** Masks with a lesion that training may see. */
    maskBudget: z.union([z.number().int().positive(), z.literal('all')]),
    skipBad: z.boolean(),
    leakage: z.enum(['refuse', 'allow', 'fix']),
  }),
  /** The run whose encoder it starts from, or a file of weights. */
  from: z.string().nullable(),
  init: z.string().nullable(),
  /** How the severity model that came along (severity.onnx) wants its images. */
  severity: z
    .object({ imageSize: z.number(), channels: z.union([z.literal(1), z.literal(3)]), fit })
    .nullable(),
  /** Predicted lesions smaller than this share of the image are specks, and dropped. */
  leastLesion: z.number().min(0).lt(1),
  training: segmentationConfigSchema,
});

export type SegmentationRunConfig = z.infer<typeof segmentationRunSchema>;

export interface SegmentOptions {
  /** labels.csv with the columns image, mask and, optionally, subject, grade, split, spacing. */
  readonly data: string;
  /** Folder of the run; it must not exist. */
  readonly out: string;
  /** A run of `semise train` whose encoder is the start, whose split is kept and whose score is shown. */
  readonly from?: string;
  /** torchvision-style weights (safetensors) to start the encoder from. */
  readonly init?: string;
  readonly maskBudget?: number | 'all';
  readonly seed?: number;
  readonly encoder?: EncoderName;
  /** Pixels along each side of what the network sees at once. */
  readonly imageSize?: number;
  /** Pixels along each side that an image is brought to; the image size, unless told. */
  readonly workingSize?: number;
  readonly fit?: z.infer<typeof fit>;
  readonly views?: ViewPresetName;
  readonly viewStrength?: number;
  readonly steps?: number;
  /** Images with a mask a step. */
  readonly batch?: number;
  readonly learningRate?: number;
  readonly settings?: Partial<SegmentationSettings>;
  readonly provider?: SegmentationConfig['provider'];
  readonly threads?: number;
  readonly skipBad?: boolean;
  /** What becomes of pictures that are alike in two splits; refused, unless told. */
  readonly leakage?: Leakage;
}

/**
 * Learning rate of an encoder that comes trained, in those of the decoder: at the decoder's own, 10 masks
 * wash out what it knows (docs/segmentation.md).
 */
const TRAINED_RATE = 0.1;

/** The part of the configuration that does not depend on the images. */
export function segmentationDefaults(
  options: SegmentOptions,
  encoder: EncoderName,
): Omit<SegmentationConfig, 'channels' | 'classes' | 'pixels' | 'views'> {
  const imageSize = options.imageSize ?? (encoder === 'small' ? 96 : 224);
  return {
    seed: options.seed ?? 0,
    encoder,
    imageSize,
    workingSize: options.workingSize ?? imageSize,
    viewStrength: options.viewStrength ?? 1,
    steps: options.steps ?? 300,
    batch: options.batch ?? 12,
    optimizer: 'adamw',
    learningRate: options.learningRate ?? 2e-3,
    weightDecay: 0.05,
    accumulate: 1,
    clipNorm: 5,
    averageDecay: 0.99,
    provider: options.provider ?? 'cpu',
    threads: options.threads ?? null,
    settings: {
      ...SEGMENTATION_DEFAULTS,
      encoderRate: options.from || options.init ? TRAINED_RATE : 1,
      ...options.settings,
    },
  };
}

const chosenSchema = segmentationConfigSchema.omit({
  channels: true,
  classes: true,
  pixels: true,
  views: true,
});

/** @throws InputError naming the first choice that cannot be */
export function checkSegmentation(chosen: z.infer<typeof chosenSchema>, trained: boolean): void {
  const [issue] = chosenSchema.safeParse(chosen).error?.issues ?? [];
  if (issue) throw new InputError(`${issue.path.join('.')}: ${issue.message}`);
  const { imageSize, workingSize, encoder, settings } = chosen;
  const step = sideStep(encoder);
  if (imageSize % step !== 0) {
    throw new InputError(
      `--image-size ${imageSize}: the encoder ${encoder} needs a multiple of ${step}; take ${Math.max(step, Math.round(imageSize / step) * step)}`,
    );
  }
  if (workingSize < imageSize) {
    throw new InputError(
      `--working-size ${workingSize}: smaller than the image size ${imageSize}; give at least that`,
    );
  }
  if (settings.dice + settings.crossEntropy + settings.focalTversky === 0) {
    throw new InputError('every loss on masks has weight 0; give one of them a weight above 0');
  }
  if (settings.frozenEncoder && !trained) {
    throw new InputError('--frozen: there is no trained encoder to keep; add --from or --init');
  }
}

/** @throws InputError if the folder holds no run of a segmentation, or one that cannot be read */
export async function readSegmentationConfig(folder: string): Promise<SegmentationRunConfig> {
  const file = join(folder, 'config.json');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new InputError(
      `${folder}: no config.json in it; give the folder of a run of semise segment train`,
    );
  });
  let json: { task?: unknown };
  try {
    json = JSON.parse(text);
  } catch {
    throw new InputError(`${file}: not valid JSON; train the run again`);
  }
  if (json.task !== 'segmentation') {
    throw new InputError(
      `${folder}: a run of semise train, which grades; give one of semise segment train`,
    );
  }
  const parsed = segmentationRunSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError(
    `${file}: field ${issue.path.join('.')}: ${issue.message}; train the run again with this version`,
  );
}
