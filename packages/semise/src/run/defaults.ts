// The defaults of a run: what a user gets without reading anything.

import type { Leakage } from '../data/index.js';
import {
  DEFAULT_SETTINGS,
  type MethodName,
  type MethodSettings,
  OWN_SETTINGS,
  TOLD_WEIGHT,
} from '../methods/index.js';
import { ELSEWHERE, type EncoderName } from '../models/index.js';
import type { TrainingConfig } from '../training/index.js';
import type { ViewPresetName } from '../views/index.js';

export interface TrainOptions {
  /** labels.csv. */
  readonly data: string;
  /** Folder of the run; it must not exist, unless `resume`. */
  readonly out: string;
  /** comparisons.csv. */
  readonly comparisons?: string;
  readonly method?: MethodName;
  readonly settings?: Partial<MethodSettings>;
  /** Grades a class that training may see; all, unless told. */
  readonly labelBudget?: number | 'all';
  readonly seed?: number;
  /** One of our networks, or an ONNX file that turns images to features and is not trained. */
  readonly encoder?: EncoderName | `${string}.onnx`;
  readonly imageSize?: number;
  readonly fit?: 'letterbox' | 'crop' | 'stretch';
  readonly views?: ViewPresetName;
  readonly viewStrength?: number;
  readonly steps?: number;
  readonly batch?: number;
  readonly optimizer?: TrainingConfig['optimizer'];
  readonly learningRate?: number;
  readonly weightDecay?: number;
  readonly accumulate?: number;
  readonly averageDecay?: number;
  readonly provider?: TrainingConfig['provider'];
  /** Threads of one operation; all cores, unless told. */
  readonly threads?: number;
  /**
   * Where the encoder starts: torchvision-style weights (safetensors), a file or a URL that ends with
   * `#sha256=<hash>`, or the folder of another run.
   */
  readonly init?: string;
  /** Go on without images that cannot be read. */
  readonly skipBad?: boolean;
  /** What to do with pictures that stand in two splits: `refuse` unless told. */
  readonly leakage?: Leakage;
}

/** The part of the configuration that does not depend on the images. */
export function trainingDefaults(
  options: TrainOptions,
): Omit<TrainingConfig, 'channels' | 'grades' | 'pixels' | 'views'> {
  const encoder = encoderName(options.encoder);
  const optimizer = options.optimizer ?? 'adamw';
  const method = options.method ?? 'semise';
  return {
    seed: options.seed ?? 0,
    method,
    settings: {
      ...DEFAULT_SETTINGS,
      ...(options.settings?.gradeShares && { priorWeight: TOLD_WEIGHT }),
      ...options.settings,
      ...OWN_SETTINGS[method],
    },
    encoder,
    imageSize: options.imageSize ?? (encoder === 'small' ? 64 : 224),
    viewStrength: options.viewStrength ?? 1,
    steps: options.steps ?? 600,
    batch: options.batch ?? 64,
    optimizer,
    learningRate: options.learningRate ?? (optimizer === 'adamw' ? 2e-3 : 0.05),
    weightDecay: options.weightDecay ?? (optimizer === 'adamw' ? 0.05 : 5e-4),
    accumulate: options.accumulate ?? 1,
    clipNorm: 5,
    averageDecay: options.averageDecay ?? 0.99,
    provider: options.provider ?? 'cpu',
    threads: options.threads ?? null,
  };
}

const encoderName = (chosen: TrainOptions['encoder'] = 'small'): TrainingConfig['encoder'] =>
  isOnnx(chosen) ? ELSEWHERE : chosen;

export const isOnnx = (encoder: string): encoder is `${string}.onnx` => encoder.endsWith('.onnx');

/** Colour pictures are taken for fundus photographs, grey ones for X-rays, unless the user says. */
export const defaultViews = (channels: number): ViewPresetName =>
  channels === 3 ? 'fundus' : 'xray';

/** Settings with an option of their own; all others are given by --set. */
export const OWN_OPTION: readonly string[] = ['alpha', 'tau', 'margin', 'temperature'];
