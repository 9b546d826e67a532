// semise train: from labels.csv to a run folder.

import type { Command } from 'commander';
import { Option } from 'commander';
import { InputError } from '../errors.js';
import { METHOD_NAMES, type MethodSettings } from '../methods/index.js';
import { ENCODER_NAMES } from '../models/index.js';
import type { Language } from '../report/language.js';
import {
  type Dataset,
  labelsFrom,
  readCard,
  resumeRun,
  type TrainOptions,
  trainRun,
} from '../run/index.js';
import { EXIT } from './failure.js';
import { type ImportFlags, importOptions, leakageOf, withImportOptions } from './import.js';
import { interruptSignal } from './interrupt.js';
import { cardOption, fitOption, languageOption, providerOption, viewsOption } from './options.js';
import {
  budget,
  encoder,
  positiveInteger,
  positiveNumber,
  setting,
  share,
  wholeNumber,
} from './parse.js';
import { progress } from './progress.js';
import { resultTable } from './table.js';

interface Flags extends Omit<TrainOptions, 'leakage'>, ImportFlags {
  readonly lang?: Language;
  readonly card?: string;
  readonly json?: boolean;
  readonly resume?: boolean;
  readonly alpha?: number;
  readonly tau?: number;
  readonly margin?: number;
  readonly temperature?: number;
  readonly contrastWeight?: number;
  readonly set?: Partial<MethodSettings>;
}

export function trainCommand(program: Command): void {
  const command = program
    .command('train')
    .description('train a severity model from images and a few grades')
    .option('--data <path>', 'labels.csv, or a folder or archive of images to take in')
    .requiredOption('--out <folder>', 'folder of the run; must not exist yet')
    .option('--comparisons <csv>', 'answers to "which of two is worse?"')
    .option('--label-budget <n>', 'grades a class that training may see ("all")', budget)
    .option('--seed <n>', 'seed of every random choice', wholeNumber)
    .addOption(new Option('--method <name>', 'what is optimised (semise)').choices(METHOD_NAMES))
    .option(
      '--encoder <name>',
      `network (small): ${ENCODER_NAMES.join(', ')}; or an ONNX file, which is not trained`,
      encoder,
    )
    .option('--image-size <px>', 'pixels a side (64 for small, else 224)', positiveInteger)
    .addOption(fitOption())
    .addOption(viewsOption())
    .option('--view-strength <x>', 'scales all changes', positiveNumber)
    .option('--steps <n>', 'training steps', positiveInteger)
    .option('--batch <n>', 'views a step, 4 or more', positiveInteger)
    .option('--accumulate <n>', 'batches whose gradients make one step', positiveInteger)
    .addOption(
      new Option('--optimizer <name>', 'optimiser (adamw)').choices(['adamw', 'sgd', 'lars']),
    )
    .option('--learning-rate <x>', 'peak learning rate', positiveNumber)
    .option(
      '--init <start>',
      'where the encoder starts: ResNet weights (safetensors, a file or URL#sha256=...), or a run',
    )
    .option('--alpha <x>', 'share of the self-supervised term (semise-paper)', share)
    .option('--tau <x>', 'temperature of NT-Xent', positiveNumber)
    .option('--margin <x>', 'margin of the healthy-anomaly contrast', positiveNumber)
    .option(
      '--contrast-weight <x>',
      'weight of NT-Xent on any images, graded or not, in the semise method (0)',
      positiveNumber,
    )
    .option('--temperature <x>', 'temperature of the preference on distances', positiveNumber)
    .option(
      '--set <name=value>',
      'any setting of methods (docs/method.md); may be repeated',
      setting,
    )
    .addOption(providerOption())
    .option('--threads <n>', 'threads of one operation (all cores)', positiveInteger)
    .option('--skip-bad', 'go on without images that cannot be read')
    .addOption(languageOption())
    .addOption(cardOption())
    .option('--resume', 'go on with the run in --out from its last checkpoint')
    .option('--json', 'print the result as JSON');
  withImportOptions(command)
    .addHelpText(
      'after',
      '\nExample:\n  semise train --data labels.csv --label-budget 10 --comparisons comparisons.csv --out run' +
        '\n  semise train --data dicom/ --grades grades.xlsx --out run',
    )
    .action(runTrain);
}

async function runTrain(flags: Flags): Promise<void> {
  const shown = progress('training', flags.json ?? false);
  const signal = interruptSignal(shown.end);
  const hooks = {
    signal,
    report: { language: flags.lang, card: flags.card ? await readCard(flags.card) : undefined },
    onDecode: (done: number, total: number) => shown.count('reading images', done, total),
    onStart: (_: unknown, dataset: Dataset) => shown.note(describeData(dataset)),
    onDescribed: (done: number, total: number) => shown.count('reading patches', done, total),
    onStep: shown.step,
  };
  if (!flags.resume && !flags.data) throw new InputError('--data: missing; give a labels.csv');
  const options = optionsOf(
    flags.resume ? flags : { ...flags, data: await labelsOf(flags, signal) },
  );
  const result = await (flags.resume
    ? resumeRun(flags.out, hooks, options)
    : trainRun(options, hooks)
  ).finally(shown.end);
  if (!result) {
    process.stderr.write(`stopped; go on with: semise train --resume --out ${flags.out}\n`);
    process.exitCode = EXIT.interrupted;
    return;
  }
  if (flags.json) {
    process.stdout.write(
      `${JSON.stringify({ out: flags.out, test: result.test, validation: result.validation })}\n`,
    );
    return;
  }
  const rows = [
    ...(result.validation ? [{ name: 'validation', metrics: result.validation }] : []),
    ...(result.test ? [{ name: 'test', metrics: result.test }] : []),
  ];
  process.stdout.write(`${resultTable(rows)}\n`);
  process.stdout.write(`report: ${flags.out}/report.html\n`);
}

/** Takes in what is no labels.csv yet, beside the run. */
function labelsOf(flags: Flags, signal: AbortSignal): Promise<string> {
  const shown = progress('importing', flags.json ?? false);
  const onProgress = (done: number, total: number) => shown.count('reading files', done, total);
  const options = { ...importOptions(flags), source: flags.data, onProgress, signal };
  return labelsFrom(options, flags.out, flags.lang).finally(shown.end);
}

/** The options of training: those of taking in the images, and of the command line alone, left out. */
function optionsOf(flags: Flags): TrainOptions {
  const { alpha, tau, margin, temperature, contrastWeight, set } = flags;
  const given = Object.entries({ alpha, tau, margin, temperature, contrastWeight });
  const settings = Object.fromEntries(given.filter(([, value]) => value !== undefined));
  const asked = leakageOf(flags);
  return {
    ...Object.fromEntries(Object.entries(flags).filter(([name]) => !NOT_OF_TRAINING.has(name))),
    data: flags.data,
    out: flags.out,
    leakage: asked === 'refuse' ? undefined : asked,
    settings: { ...settings, ...set },
  };
}

const NOT_OF_TRAINING = new Set([
  ...['json', 'resume', 'alpha', 'tau', 'margin', 'temperature', 'contrastWeight', 'set'],
  ...['preset', 'grades', 'columns', 'attributes', 'order', 'subject', 'key'],
  ...['lang', 'card', 'slices', 'plane', 'window', 'allowLeakage', 'fixLeakage'],
]);

/** What training sees, and the proof that no subject is in two splits. */
export function describeData({ manifest, indices, training, bad }: Dataset): string {
  const { train, validation, test } = indices;
  const lines = [
    `${manifest.records.length} images: ${train.length} to train (${training.graded.length} graded, ${training.comparisons.length} comparisons), ${validation.length} to validate, ${test.length} to test; no subject is in two splits`,
  ];
  if (bad.length > 0) lines.push(`skipped ${bad.length} images that cannot be read`);
  return lines.join('\n');
}
