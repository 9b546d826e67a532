// The end of a segmentation: the model exported, validation and test images segmented, the metrics, the
// report.

import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '@semise/autograd';
import { stringify } from 'csv-stringify/sync';
import { writeJson, writeWhole } from '../../atomic.js';
import type { Split } from '../../data/index.js';
import {
  evaluateSegmentation,
  type SegmentationMetrics,
} from '../../evaluation/segmentation/index.js';
import type { Language } from '../../report/language.js';
import type { DuplicateCheck } from '../../report/report-data.js';
import type { OverlayExample, SegmentationReport } from '../../report/segmentation/report-data.js';
import { exportSegmenter } from '../../tasks/index.js';
import { averagedWeights, type TrainingState } from '../../training/index.js';
import { RUN_FILES } from '../files.js';
import { readHistory } from '../history.js';
import { storeSegmentationReport } from '../report.js';
import type { SegmentationRunConfig } from './config.js';
import type { SegmentationDataset } from './dataset.js';
import { exampleOverlays } from './examples.js';
import type { SegmentationLine } from './history.js';
import { type SegmentedRecord, segmentRecords, spacingKnown } from './images.js';
import { flipsOf, loadSegmenter } from './segmenter.js';

export interface SegmentationResult {
  readonly folder: string;
  readonly config: SegmentationRunConfig;
  /** Of the validation and test splits. */
  readonly images: readonly SegmentedRecord[];
  /** Null where the split has no mask. */
  readonly validation: SegmentationMetrics | null;
  readonly test: SegmentationMetrics | null;
}

/** What a user must know to feed the ONNX file. */
export const segmenterMetadata = (config: SegmentationRunConfig): Record<string, string> => {
  const { imageSize, workingSize, channels, classes, seed } = config.training;
  return {
    semise: config.semise,
    task: 'segmentation',
    seed: `${seed}`,
    classes: `${classes}`,
    input: `uint8 [N, ${channels}, ${imageSize}, ${imageSize}], ${channels === 3 ? 'RGB' : 'grey'}, 0..255`,
    workingSize: `${workingSize}`,
    fit: config.data.fit,
    leastLesion: `${config.leastLesion}`,
  };
};

/** Writes everything that a finished run holds. */
export async function finishSegmentation(
  folder: string,
  config: SegmentationRunConfig,
  dataset: SegmentationDataset,
  engine: Engine,
  state: TrainingState,
  onSegmented?: (done: number, total: number) => void,
  language?: Language,
): Promise<SegmentationResult> {
  const { training } = config;
  const { manifest, splits, indices, cache } = dataset;
  const onnx = exportSegmenter(training, averagedWeights(state), segmenterMetadata(config));
  await writeWhole(join(folder, RUN_FILES.model), onnx);
  const severity = config.severity && (await readFile(join(folder, RUN_FILES.severity)));
  const segmenter = await loadSegmenter(engine, config, onnx, severity, flipsOf(config));
  const looked = [...indices.validation, ...indices.test].sort((a, b) => a - b);
  const images = await segmentRecords(
    segmenter,
    manifest,
    splits,
    looked,
    (index) => cache.read(index),
    training.classes,
    onSegmented,
  );
  await writeWhole(join(folder, RUN_FILES.predictions), segmentedTable(images));
  const unit = (await spacingKnown(manifest, looked)) ? 'mm' : 'pixels';
  const scored = (split: Split): SegmentationMetrics | null => {
    const part = images.filter((i) => i.split === split);
    return part.some((i) => i.measures)
      ? evaluateSegmentation(part, { classes: training.classes, unit, seed: training.seed })
      : null;
  };
  const metrics = { validation: scored('validation'), test: scored('test') };
  await writeJson(join(folder, RUN_FILES.metrics), {
    ...(metrics.test ?? {}),
    validation: metrics.validation,
  });
  const place = new Map(looked.map((i) => [manifest.records[i].path, i]));
  const examples = await exampleOverlays(images, metrics.test ? 'test' : 'validation', (image) =>
    segmenter.segment(cache.read(place.get(image.path)!), image),
  );
  const report = await reportOf(folder, config, dataset, images, metrics, examples);
  // Only now: the chart library takes longer to load than many a command runs.
  const { renderSegmentationReport } = await import('../../report/segmentation/render.js');
  await storeSegmentationReport(folder, report);
  await writeWhole(join(folder, RUN_FILES.report), renderSegmentationReport(report, language));
  return { folder, config, images, ...metrics };
}

/** predictions.csv: a row an image, lesions as predicted, how well where there is a mask. */
export const segmentedTable = (images: readonly SegmentedRecord[]): string =>
  stringify(
    images.map((i) => ({
      image: i.image,
      subject: i.subject,
      split: i.split,
      grade: i.grade ?? '',
      lesions: i.lesions,
      area_px: i.area,
      area_mm2: i.areaMm2 ?? '',
      burden: i.burden,
      score: i.score ?? '',
      true_lesions: i.measures?.lesions.length ?? '',
      true_burden: i.measures?.trueBurden ?? '',
      dice: i.measures?.dice ?? '',
      iou: i.measures?.iou ?? '',
      hausdorff95: i.measures?.hausdorff95 ?? '',
      surface_distance: i.measures?.surfaceDistance ?? '',
      lesions_found: i.measures?.lesions.filter((l) => l.found).length ?? '',
      false_positives: i.measures?.falsePositives ?? '',
    })),
    { header: true },
  );

async function reportOf(
  folder: string,
  config: SegmentationRunConfig,
  dataset: SegmentationDataset,
  images: readonly SegmentedRecord[],
  metrics: Pick<SegmentationResult, 'validation' | 'test'>,
  examples: OverlayExample[],
): Promise<SegmentationReport> {
  const history = await readHistory<SegmentationLine>(join(folder, RUN_FILES.history));
  const { manifest, splits, lesion, training } = dataset;
  const split = metrics.test ? 'test' : 'validation';
  const steps = history.flatMap((line) => ('losses' in line ? [line] : []));
  return {
    created: new Date().toISOString(),
    config: { ...config.data, ...config.training, from: config.from, init: config.init },
    command: segmentCommand(config),
    split,
    metrics: metrics[split],
    burdens: images.filter((i) => i.split === split),
    history: steps,
    validation: history.flatMap((line) =>
      'validation' in line ? [{ step: line.step, dice: line.validation.dice }] : [],
    ),
    data: (['train', 'validation', 'test'] as const).map((name) => {
      const rows = manifest.records.flatMap((_, i) => (splits[i] === name ? [i] : []));
      const masks = rows.filter((i) => lesion.has(i));
      return {
        split: name,
        images: rows.length,
        subjects: new Set(rows.map((i) => manifest.records[i].subject)).size,
        lesionMasks: masks.filter((i) => lesion.get(i)).length,
        emptyMasks: masks.filter((i) => !lesion.get(i)).length,
        seen: name === 'train' ? training.masked.length : masks.length,
      };
    }),
    examples,
    duplicates: await readFile(join(folder, RUN_FILES.duplicates), 'utf8').then(
      (found) => JSON.parse(found) as DuplicateCheck,
      () => undefined, // begun by a version that did not keep it
    ),
    environment: `semise ${config.semise}, Node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'}`,
  };
}

/** The command line that repeats the run. */
export function segmentCommand({ data, from, init, training: t }: SegmentationRunConfig): string {
  const { settings: s } = t;
  const options: [string, unknown][] = [
    ['data', data.file],
    ['from', from],
    ['init', init],
    ['mask-budget', data.maskBudget],
    ['seed', t.seed],
    ['encoder', from ? null : t.encoder],
    ['image-size', t.imageSize],
    ['working-size', t.workingSize],
    ['fit', data.fit],
    ['views', t.views],
    ['view-strength', t.viewStrength],
    ['steps', t.steps],
    ['batch', t.batch],
    ['learning-rate', t.learningRate],
    ['dice', s.dice],
    ['cross-entropy', s.crossEntropy],
    ['focal-tversky', s.focalTversky],
    ['presence', s.presence],
    ['consistency', s.consistency],
    ['encoder-rate', s.encoderRate],
    ['provider', t.provider],
  ];
  const given = options.filter(([, value]) => value !== null);
  const flags = [
    s.deepSupervision ? ' --deep-supervision' : '',
    s.frozenEncoder ? ' --frozen' : '',
    data.skipBad ? ' --skip-bad' : '',
    data.leakage === 'refuse' ? '' : ` --${data.leakage}-leakage`,
  ];
  return `semise segment train ${given.map(([flag, value]) => `--${flag} ${value}`).join(' ')}${flags.join('')} --out run`;
}
