// semise phantom: a made cohort whose true severity is known.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { type Confounders, PHANTOM_DEFAULTS, writePhantom } from '../data/phantom/index.js';
import { interruptSignal } from './interrupt.js';
import { positiveInteger, share, wholeNumber } from './parse.js';
import { progress } from './progress.js';

interface Flags {
  readonly out: string;
  readonly seed: number;
  readonly subjects: number;
  readonly size: number;
  readonly modality: 'fundus' | 'ultrasound';
  readonly difficulty: number;
  readonly graded?: number;
  readonly comparisons: number;
  readonly wrong: number;
  readonly device?: 'A' | 'B';
  readonly agedLens?: boolean;
  readonly sites: '1' | '2';
  readonly confounder?: Confounders;
  readonly json?: boolean;
}

/** What goes with severity, where it is asked for. */
const CONFOUNDERS: Readonly<Record<string, keyof Confounders>> = {
  site: 'siteSeverity',
  device: 'deviceMarker',
  age: 'ageSeverity',
};

function confounder(text: string, before: Confounders = {}): Confounders {
  if (!Object.hasOwn(CONFOUNDERS, text))
    throw new InvalidArgumentError(`expected ${Object.keys(CONFOUNDERS).join(', ')}`);
  return { ...before, [CONFOUNDERS[text]]: true };
}

export function phantomCommand(program: Command): void {
  const d = PHANTOM_DEFAULTS;
  program
    .command('phantom')
    .description('draw a cohort of made images whose true severity is known')
    .requiredOption('--out <folder>', 'folder to write; must not exist yet')
    .option('--seed <n>', 'seed of every random choice', wholeNumber, d.seed)
    .option('--subjects <n>', 'patients; each has one to three images', positiveInteger, d.subjects)
    .option('--size <px>', 'pixels a side', positiveInteger, d.size)
    .addOption(
      new Option('--modality <name>', 'what the images look like')
        .choices(['fundus', 'ultrasound'])
        .default(d.modality),
    )
    .option('--difficulty <x>', '0 (clear lesions) to 1 (faint ones)', share, 0.5)
    .option('--graded <n>', 'training images that carry a grade (all)', positiveInteger)
    .option('--comparisons <n>', 'lines of comparisons.csv', wholeNumber, d.comparisons)
    .option('--wrong <x>', 'share of the comparisons answered wrongly', share, d.wrongComparisons)
    .addOption(
      new Option('--device <name>', 'one device for all; B burns a mark into its images').choices([
        'A',
        'B',
      ]),
    )
    .option('--aged-lens', 'the lens yellows with age, as with --confounder age')
    .addOption(
      new Option('--sites <n>', 'hospitals, with cameras of their own')
        .choices(['1', '2'])
        .default(String(d.sites)),
    )
    .option(
      '--confounder <name>',
      'sicker patients have this: site (the second), device (B, which marks its images), age; may be repeated',
      confounder,
    )
    .option('--json', 'print what was written as JSON')
    .addHelpText('after', '\nExample:\n  semise phantom --out cohort --graded 30')
    .action(async ({ json = false, ...flags }: Flags) => {
      const shown = progress('drawing', json);
      const signal = interruptSignal(shown.end);
      const made = await writePhantom({
        ...flags,
        sites: Number(flags.sites) as 1 | 2,
        confounders: flags.confounder ?? {},
        graded: flags.graded ?? 'all',
        wrongComparisons: flags.wrong,
        device: flags.device ?? null,
        agedLens: flags.agedLens ?? false,
        onProgress: (done, total) => {
          signal.throwIfAborted();
          shown.count('drawing images', done, total);
        },
      }).finally(shown.end);
      process.stdout.write(
        json
          ? `${JSON.stringify(made)}\n`
          : `${made.labels}: ${made.images} images of ${made.subjects} subjects\n${made.comparisons}\n`,
      );
    });
}
