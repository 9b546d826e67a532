// Segmenting image files with a finished run: by the exported models alone.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openEngine } from '@semise/autograd';
import type { Mask } from '../../data/index.js';
import { InputError } from '../../errors.js';
import { type LesionSummary, type Spacing, summarize } from '../../tasks/index.js';
import { RUN_FILES } from '../files.js';
import { readSegmentationConfig, type SegmentationRunConfig } from './config.js';
import type { Picture } from './picture.js';
import { flipsOf, loadSegmenter, type Segmenter } from './segmenter.js';

export interface SegmentedPicture extends LesionSummary {
  readonly mask: Mask;
  /** Severity score; null where the run has no severity model. */
  readonly score: number | null;
}

/** A segmentation opened for use. Close it when done. */
export interface OpenSegmentation {
  readonly config: SegmentationRunConfig;
  readonly segmenter: Segmenter;
  /** @param spacing mm between pixels, where known */
  segment(picture: Picture, spacing: Spacing | null): Promise<SegmentedPicture>;
  close(): Promise<void>;
}

/**
 * @param options.flips averages the answers of mirror images; true, unless told
 * @throws InputError if the folder holds no finished run of a segmentation
 */
export async function openSegmentation(
  folder: string,
  { flips = true }: { readonly flips?: boolean } = {},
): Promise<OpenSegmentation> {
  const config = await readSegmentationConfig(folder);
  const model = await readFile(join(folder, RUN_FILES.model)).catch(() => {
    throw new InputError(
      `${folder}: has no model.onnx yet; finish it with semise segment train --resume --out ${folder}`,
    );
  });
  const severity =
    config.severity &&
    (await readFile(join(folder, RUN_FILES.severity)).catch(() => {
      throw new InputError(`${folder}: severity.onnx is missing; put it back`);
    }));
  const engine = await openEngine();
  try {
    const segmenter = await loadSegmenter(
      engine,
      config,
      model,
      severity,
      flips ? flipsOf(config) : [],
    );
    const { workingSize: size, channels } = config.training;
    return {
      config,
      segmenter,
      segment: async (picture, spacing) => {
        const pixels = await picture.decode({ size, channels, fit: config.data.fit });
        const mask = await segmenter.segment(pixels, picture);
        const score = await segmenter.score(picture.decode);
        return { mask, score, ...summarize(mask, spacing) };
      },
      close: () => engine.close(),
    };
  } catch (error) {
    await engine.close();
    throw new InputError(
      `${join(folder, RUN_FILES.model)}: cannot be loaded (${(error as Error).message})`,
    );
  }
}
