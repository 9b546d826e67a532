// semise monitor: whether what comes in is still what the model was tested on; made for schedulers.

import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { refuseExisting, wholeFolder, writeJson } from '../atomic.js';
import { InputError } from '../errors.js';
import { LANGUAGES, type Language } from '../report/language.js';
import { initMonitoring, type Monitored, monitorRun } from '../run/index.js';
import { EXIT } from './failure.js';
import { positiveInteger, share } from './parse.js';
import { progress } from './progress.js';

interface Flags {
  readonly data?: string;
  readonly name?: string;
  readonly init?: boolean;
  readonly metadata?: string[];
  readonly falseAlarms?: number;
  readonly minSubjects?: number;
  readonly skipBad?: boolean;
  readonly out?: string;
  readonly lang: Language;
  readonly json?: boolean;
}

export function monitorCommand(program: Command): void {
  program
    .command('monitor')
    .description('watch for drift: a batch of images against those the run was tested on')
    .argument('<run>', 'folder of the run; the state is kept in monitoring/ there')
    .option('--data <week.csv>', 'the batch; with --init other images as the reference')
    .option('--name <text>', 'what charts call the batch (the name of its file)')
    .option('--init', 'only build the reference, with the settings of the three options below')
    .option(
      '--metadata <names...>',
      'with --init: which metadata to watch (all that can be watched)',
    )
    .option('--false-alarms <x>', 'with --init: alarms a quiet batch may raise (0.01)', share)
    .option(
      '--min-subjects <n>',
      'with --init: subjects below which a batch is not judged (10)',
      positiveInteger,
    )
    .option('--skip-bad', 'go on without images that cannot be read')
    .option('--out <folder>', 'also write monitoring.json and monitoring.html there')
    .addOption(new Option('--lang <language>', 'of the page').choices(LANGUAGES).default('en'))
    .option('--json', 'print the verdict as JSON')
    .addHelpText(
      'after',
      '\nExit code 0: quiet, or too few subjects to tell; 3: alarm; 2: bad input.\n\nExample:\n  semise monitor run --data week-12.csv',
    )
    .action(async (folder: string, flags: Flags) => {
      if (flags.init) return init(folder, flags);
      if (!flags.data)
        throw new InputError('--data is missing: give the labels.csv of a batch, or --init');
      const early = (['metadata', 'falseAlarms', 'minSubjects'] as const).find(
        (name) => flags[name] !== undefined,
      );
      if (early)
        throw new InputError(
          `--${early.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)}: is fixed before the first batch; give it with --init`,
        );
      if (flags.out) await refuseExisting(flags.out);
      const shown = progress('watching', flags.json ?? false);
      const result = await monitorRun(folder, {
        data: flags.data,
        name: flags.name,
        skipBad: flags.skipBad,
        language: flags.lang,
        onDecode: (done, total) => shown.count('reading images', done, total),
      }).finally(shown.end);
      const told = telling(result);
      if (flags.out)
        await wholeFolder(flags.out, async (out) => {
          await writeJson(join(out, 'monitoring.json'), told);
          if (result.page) await copyFile(result.page, join(out, 'monitoring.html'));
        });
      process.stdout.write(flags.json ? `${JSON.stringify(told)}\n` : inWords(result));
      process.exitCode = result.verdict === 'alarm' ? EXIT.alarm : EXIT.ok;
    });
}

async function init(folder: string, flags: Flags): Promise<void> {
  const shown = progress('watching', flags.json ?? false);
  const { observed, metadata, falseAlarms, minSubjects, source } = await initMonitoring(folder, {
    reference: flags.data,
    metadata: flags.metadata,
    falseAlarms: flags.falseAlarms,
    minSubjects: flags.minSubjects,
    skipBad: flags.skipBad,
    onDecode: (done, total) => shown.count('reading images', done, total),
  }).finally(shown.end);
  const told = {
    source,
    images: observed.length,
    subjects: new Set(observed.map(({ subject }) => subject)).size,
    metadata: metadata.map(({ name }) => name),
    falseAlarms,
    minSubjects,
  };
  process.stdout.write(
    flags.json
      ? `${JSON.stringify(told)}\n`
      : `reference: ${told.images} images of ${told.subjects} subjects of ${source}\n` +
          `metadata watched: ${told.metadata.join(', ')}\n`,
  );
}

/** The JSON: the entry without the hashes of its images. */
function telling({ verdict, note, entry, skipped, page }: Monitored) {
  const { seen: _, ...kept } = entry ?? { seen: [] };
  return { ...kept, verdict, note, skipped, page };
}

function inWords({ verdict, note, entry, skipped, page }: Monitored): string {
  const lines = [`${verdict}${entry?.reasons.length ? ` (${entry.reasons.join(', ')})` : ''}`];
  if (note) lines.push(note);
  if (skipped.length > 0) lines.push(`skipped ${skipped.length} unreadable images`);
  if (entry?.drift) {
    const { images, subjects, score, families, features } = entry.drift;
    lines.push(
      `${entry.name}: ${images} images of ${subjects} subjects`,
      `drift ${score.toFixed(2)} of its limit, over time ${(entry.trend ?? 0).toFixed(2)}; ` +
        families.map((one) => `${one.family} ${one.score.toFixed(2)}`).join(', '),
    );
    const moved = features.filter((feature) => feature.score > 1).slice(0, 5);
    if (moved.length > 0) lines.push(`moved most: ${moved.map(({ name }) => name).join(', ')}`);
    if (entry.missing.length > 0)
      lines.push(`not told by this batch, so not compared: ${entry.missing.join(', ')}`);
  }
  if (entry?.performance) {
    const { images, metrics, p } = entry.performance;
    const parts = Object.entries(metrics).map(
      ([name, { test, batch }]) => `${name} ${test?.toFixed(3)} -> ${batch?.toFixed(3)}`,
    );
    lines.push(`${images} graded: ${parts.join(', ')} (p for worse: ${p.toPrecision(2)})`);
  }
  if (page) lines.push(`page: ${page}`);
  return `${lines.join('\n')}\n`;
}
