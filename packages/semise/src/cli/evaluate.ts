// semise evaluate: a trained run against graded images it has not seen.

import { join } from 'node:path';
import type { Command } from 'commander';
import { refuseExisting, wholeFolder, writeJson } from '../atomic.js';
import { writePredictions } from '../evaluation/prediction.js';
import {
  appendToLog,
  type EvaluateRunOptions,
  evaluateRun,
  openRun,
  RUN_FILES,
} from '../run/index.js';
import { splitOption } from './options.js';
import { wholeNumber } from './parse.js';
import { progress } from './progress.js';
import { resultTable, uncertaintyLines } from './table.js';

interface Flags extends EvaluateRunOptions {
  readonly out?: string;
  readonly calibration?: string;
  readonly json?: boolean;
}

export function evaluateCommand(program: Command): void {
  program
    .command('evaluate')
    .description('measure a trained run on other graded images')
    .argument('<run>', 'folder of the run')
    .requiredOption('--data <labels.csv>', 'images and grades')
    .addOption(splitOption())
    .option('--out <folder>', 'write predictions.csv and metrics.json there')
    .option('--calibration <file>', "of semise calibrate, in place of the run's own")
    .option('--skip-bad', 'go on without images that cannot be read')
    .option('--seed <n>', "seed of the intervals (the run's own)", wholeNumber)
    .option('--json', 'print the metrics as JSON')
    .addHelpText('after', '\nExample:\n  semise evaluate run --data other-hospital/labels.csv')
    .action(async (folder: string, flags: Flags) => {
      if (flags.out) await refuseExisting(flags.out);
      const shown = progress('grading', flags.json ?? false);
      const run = await openRun(folder, { calibration: flags.calibration });
      try {
        const { metrics, uncertainty, predictions, skipped, opened } = await evaluateRun(run, {
          ...flags,
          onDecode: (done, total) => shown.count('reading images', done, total),
        }).finally(shown.end);
        const all = { ...metrics, ...(uncertainty && { uncertainty }) };
        if (flags.out) {
          await wholeFolder(flags.out, async (out) => {
            await writePredictions(join(out, RUN_FILES.predictions), predictions);
            await writeJson(join(out, RUN_FILES.metrics), all);
          });
        }
        await appendToLog(folder, {
          event: 'opened',
          date: new Date().toISOString(),
          command: 'evaluate',
          site: null,
          limits: null,
          ...opened,
        }).catch((error: Error) => {
          process.stderr.write(`not in the run's list of validations: ${error.message}\n`);
        });
        if (skipped.length > 0)
          process.stderr.write(`skipped ${skipped.length} unreadable images\n`);
        process.stdout.write(
          flags.json
            ? `${JSON.stringify(all)}\n`
            : `${metrics.n} images of ${metrics.subjects} subjects\n${resultTable([{ name: 'all', metrics }])}\n${uncertainty ? `${uncertaintyLines(uncertainty)}\n` : ''}`,
        );
      } finally {
        await run.close();
      }
    });
}
