// semise import: from what a hospital has to labels.csv and a quality report.

import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseColumns } from '../data/import/fields.js';
import type { ImportOptions, ImportResult } from '../data/import/index.js';
import { PRESET_NAMES } from '../data/presets/index.js';
import type { Language } from '../report/language.js';
import { importSource } from '../run/index.js';
import { interruptSignal } from './interrupt.js';
import { languageOption } from './options.js';
import { progress } from './progress.js';

export interface ImportFlags {
  readonly preset?: string;
  readonly grades?: string;
  readonly columns?: string;
  readonly attributes?: string;
  readonly order?: string;
  readonly subject?: RegExp;
  readonly key?: string;
  readonly slices?: ImportOptions['slices'];
  readonly plane?: ImportOptions['plane'];
  readonly window?: ImportOptions['window'];
  readonly allowLeakage?: boolean;
  readonly fixLeakage?: boolean;
}

/** Options that `train` shares, as it takes in what is no labels.csv. */
export function withImportOptions(command: Command): Command {
  return command
    .addOption(new Option('--preset <name>', 'layout of a public set').choices(PRESET_NAMES))
    .option('--grades <file>', 'sheet of grades, CSV or XLSX')
    .option('--columns <pairs>', 'columns of the sheet, as image=File,grade=DR_level')
    .option('--attributes <names>', 'columns of the sheet to keep, as age,sex (all, if not hashed)')
    .option('--order <words>', 'words for grades, the healthiest first, as healthy,mild,severe')
    .option('--subject <pattern>', "what of an image's path is its subject", pattern)
    .option(
      '--key <file>',
      'hash patients and file names with the key in this file (DICOM: always)',
    )
    .option('--slices <rule>', 'slices of volumes: middle, all, every:N, largest-mask', slices)
    .addOption(
      new Option('--plane <name>', 'how volumes are cut (axial)').choices([
        'axial',
        'coronal',
        'sagittal',
      ]),
    )
    .option(
      '--window <rule>',
      'values from black to white: file, full, range, CENTER/WIDTH',
      window,
    )
    .option('--allow-leakage', 'go on with pictures that stand in two splits')
    .option('--fix-leakage', 'move pictures that stand in two splits into one');
}

export function importOptions(flags: ImportFlags): Partial<ImportOptions> {
  const { preset, grades, columns, attributes, order, subject, key, slices, plane, window } = flags;
  const words = (text: string) => text.split(',').map((word) => word.trim());
  return {
    preset,
    grades,
    columns: columns === undefined ? undefined : parseColumns(columns),
    attributes: attributes === undefined ? undefined : words(attributes),
    order: order === undefined ? undefined : words(order),
    subject,
    key,
    slices,
    plane,
    window,
    leakage: leakageOf(flags),
  };
}

export const leakageOf = ({ allowLeakage, fixLeakage }: ImportFlags): ImportOptions['leakage'] =>
  fixLeakage ? 'fix' : allowLeakage ? 'allow' : 'refuse';

interface Flags extends ImportFlags {
  readonly lang?: Language;
  readonly out: string;
  readonly strict?: boolean;
  readonly json?: boolean;
}

export function importCommand(program: Command): void {
  const command = program
    .command('import')
    .description('take in a folder or archive of images: labels.csv and a quality report')
    .argument('<source>', 'folder, zip, tar, npz, image, or a csv that lists images')
    .requiredOption('--out <folder>', 'folder to write; must not exist yet');
  withImportOptions(command)
    .option('--strict', 'refuse if any file cannot be read')
    .addOption(languageOption())
    .option('--json', 'print quality.json')
    .addHelpText(
      'after',
      '\nExample:\n  semise import scans.zip --grades grades.xlsx --columns image=File,grade=KL --out imported',
    )
    .action(async (source: string, { json = false, ...flags }: Flags) => {
      const shown = progress('importing', json);
      const signal = interruptSignal(shown.end);
      const options = {
        ...importOptions(flags),
        source,
        out: flags.out,
        strict: flags.strict,
        onProgress: (done: number, total: number) => shown.count('reading files', done, total),
        signal,
      };
      const result = await importSource(options, flags.lang).finally(shown.end);
      process.stdout.write(json ? `${JSON.stringify(result.quality)}\n` : described(result));
    });
}

/** Names of files go to the terminal, which is the user's own. */
function described({ labels, quality, unreadable }: ImportResult): string {
  const { used, byGrade, blank, exactDuplicates, nearDuplicates, conflicts, leaking, moved } =
    quality;
  const grades = byGrade.map(({ name, images }) => `${name || 'ungraded'} ${images}`);
  const lines = [
    `${labels}: ${used.images} images of ${used.subjects} subjects, ${used.graded} graded (${grades.join(', ')})`,
    `${unreadable.length} files not read, ${blank.length} blank images left out`,
    `${exactDuplicates.length} pictures more than once, ${nearDuplicates.length} nearly so, ${conflicts.length} with different grades`,
    `${leaking.length} pictures in more than one split${moved.length > 0 ? `; ${moved.length} images moved` : ''}`,
    ...unreadable.slice(0, 20).map(({ path, reason }) => `  ${path}: ${reason}`),
    ...quality.notes.map((note) => `note: ${note}`),
    `report: ${labels.replace(/labels\.csv$/, 'quality.html')}`,
  ];
  return `${lines.join('\n')}\n`;
}

function slices(text: string): ImportOptions['slices'] {
  if (text === 'middle' || text === 'all' || text === 'largest-mask') return text;
  const every = /^every:([1-9]\d{0,5})$/.exec(text)?.[1];
  if (!every) throw new InvalidArgumentError('expected middle, all, every:N or largest-mask');
  return { every: Number(every) };
}

function window(text: string): ImportOptions['window'] {
  if (text === 'file' || text === 'full' || text === 'range') return text;
  const [, center, width] = /^(-?\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)$/.exec(text) ?? [];
  if (!(Number(width) > 0)) throw new InvalidArgumentError('expected file, full, range or 40/400');
  return { center: Number(center), width: Number(width) };
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}
