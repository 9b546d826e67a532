// semise segment train: from labels.csv with masks to a run folder.

import { type Command, Option } from 'commander';
import { InputError } from '../errors.js';
import { ENCODER_NAMES } from '../models/index.js';
import type { Language } from '../report/language.js';
import {
  resumeSegmentation,
  type SegmentationDataset,
  type SegmentOptions,
  segmentRun,
} from '../run/index.js';
import type { SegmentationSettings } from '../training/index.js';
import { EXIT } from './failure.js';
import { leakageOf } from './import.js';
import { interruptSignal } from './interrupt.js';
import { fitOption, languageOption, providerOption, viewsOption } from './options.js';
import {
  budget,
  nonNegative,
  positiveInteger,
  positiveNumber,
  share,
  wholeNumber,
} from './parse.js';
import { progress } from './progress.js';
import { segmentationTable } from './segment-table.js';

interface Flags extends Omit<SegmentOptions, 'settings'> {
  readonly lang?: Language;
  readonly json?: boolean;
  readonly resume?: boolean;
  readonly dice?: number;
  readonly crossEntropy?: number;
  readonly focalTversky?: number;
  readonly presence?: number;
  readonly consistency?: number;
  readonly confidence?: number;
  readonly deepSupervision?: boolean;
  readonly frozen?: boolean;
  readonly encoderRate?: number;
  readonly fixLeakage?: boolean;
  readonly allowLeakage?: boolean;
}

export function segmentTrainCommand(program: Command): void {
  program
    .command('train')
    .description('train a U-Net from images and a few masks')
    .option('--data <labels.csv>', 'images and masks (column mask)')
    .requiredOption('--out <folder>', 'folder of the run; must not exist yet')
    .option('--from <run>', 'start from the encoder of a run of semise train, and keep its split')
    .option(
      '--init <start>',
      'torchvision-style ResNet weights to start from: a safetensors file, or URL#sha256=HEX',
    )
    .option('--mask-budget <n>', 'masks with a lesion that training may see ("all")', budget)
    .option('--seed <n>', 'seed of every random choice', wholeNumber)
    .addOption(new Option('--encoder <name>', 'contracting path (small)').choices(ENCODER_NAMES))
    .option(
      '--image-size <px>',
      'pixels a side of a patch (96 for small, else 224)',
      positiveInteger,
    )
    .option(
      '--working-size <px>',
      'pixels a side that an image is brought to, larger than a patch for fine lesions (image size)',
      positiveInteger,
    )
    .addOption(fitOption())
    .addOption(viewsOption())
    .option('--view-strength <x>', 'scales all changes', positiveNumber)
    .option('--steps <n>', 'training steps (300)', positiveInteger)
    .option('--batch <n>', 'images with a mask a step, 4 or more (12)', positiveInteger)
    .option('--learning-rate <x>', 'peak learning rate', positiveNumber)
    .option('--dice <x>', 'weight of the Dice loss (1)', nonNegative)
    .option('--cross-entropy <x>', 'weight of cross-entropy (1)', nonNegative)
    .option(
      '--focal-tversky <x>',
      'weight of the focal Tversky loss, for tiny lesions (0)',
      nonNegative,
    )
    .option(
      '--presence <x>',
      'weight of what grades tell on images without a mask: 0 has no lesion, others have one (0: off)',
      nonNegative,
    )
    .option(
      '--consistency <x>',
      'weight of consistency on images without a mask (0: off)',
      nonNegative,
    )
    .option('--confidence <x>', 'probability from which the teacher is believed (0.95)', share)
    .option('--deep-supervision', 'coarser levels of the decoder answer, too')
    .option('--frozen', 'keep the encoder as it came; train the decoder alone')
    .option(
      '--encoder-rate <x>',
      "learning rate of the encoder as a share of the decoder's (0.1 where it comes trained, else 1)",
      positiveNumber,
    )
    .addOption(providerOption())
    .option('--threads <n>', 'threads of one operation (all cores)', positiveInteger)
    .option('--skip-bad', 'go on without images that cannot be read')
    .option('--fix-leakage', 'move pictures that are alike in two splits into one')
    .option('--allow-leakage', 'go on although pictures are alike in two splits')
    .addOption(languageOption())
    .option('--resume', 'go on with the run in --out from its last checkpoint')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  semise segment train --data labels.csv --from run --mask-budget 10 --consistency 1 --out masks',
    )
    .action(segmentTrain);
}

async function segmentTrain(flags: Flags): Promise<void> {
  const shown = progress('training', flags.json ?? false);
  const hooks = {
    signal: interruptSignal(shown.end),
    report: { language: flags.lang },
    onDecode: (done: number, total: number) => shown.count('reading images', done, total),
    onStart: (_: unknown, dataset: SegmentationDataset) => shown.note(describe(dataset)),
    onStep: shown.step,
    onSegmented: (done: number, total: number) => shown.count('segmenting', done, total),
  };
  if (!flags.resume && !flags.data) throw new InputError('--data: missing; give a labels.csv');
  if (flags.resume) refuseOthers(flags);
  const result = await (flags.resume
    ? resumeSegmentation(flags.out, hooks)
    : segmentRun(optionsOf(flags), hooks)
  ).finally(shown.end);
  if (!result) {
    process.stderr.write(`stopped; go on with: semise segment train --resume --out ${flags.out}\n`);
    process.exitCode = EXIT.interrupted;
    return;
  }
  const { test, validation } = result;
  if (flags.json) {
    process.stdout.write(`${JSON.stringify({ out: flags.out, test, validation })}\n`);
    return;
  }
  const rows = Object.entries({ validation, test }).flatMap(([name, metrics]) =>
    metrics ? [{ name, metrics }] : [],
  );
  process.stdout.write(`${segmentationTable(rows)}\nreport: ${flags.out}/report.html\n`);
}

function refuseOthers({ resume: _, out: __, json: ___, lang: ____, ...others }: Flags): void {
  const [given] = Object.keys(others);
  if (given) {
    const option = given.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new InputError(
      `--${option}: a resumed run goes on with the options that it began with; leave it out`,
    );
  }
}

function optionsOf(flags: Flags): SegmentOptions {
  const {
    json: _,
    resume: __,
    lang: ___,
    dice,
    crossEntropy,
    focalTversky,
    presence,
    consistency,
    confidence,
    deepSupervision,
    frozen: frozenEncoder,
    encoderRate,
    fixLeakage,
    allowLeakage,
    ...options
  } = flags;
  const given: Partial<SegmentationSettings> = {
    dice,
    crossEntropy,
    focalTversky,
    presence,
    consistency,
    confidence,
    deepSupervision,
    frozenEncoder,
    encoderRate,
  };
  const settings = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  );
  return { ...options, leakage: leakageOf({ fixLeakage, allowLeakage }), settings };
}

/** What training sees. */
function describe({ manifest, indices, training, bad, classes }: SegmentationDataset): string {
  const { train, validation, test } = indices;
  const lesions = training.masked.filter((m) => m.lesion).length;
  const lines = [
    `${manifest.records.length} images: ${train.length} to train (${training.masked.length} masks, ${lesions} with a lesion), ${validation.length} to validate, ${test.length} to test; ${classes} classes of pixel; no subject is in two splits`,
  ];
  if (bad.length > 0) lines.push(`skipped ${bad.length} images that cannot be read`);
  return lines.join('\n');
}
