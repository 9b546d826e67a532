// semise segment evaluate: a trained segmentation against masks of other images.

import { join } from 'node:path';
import type { Command } from 'commander';
import { refuseExisting, wholeFolder, writeJson, writeWhole } from '../atomic.js';
import {
  type EvaluateSegmentationOptions,
  evaluateSegmentationRun,
  openSegmentation,
  RUN_FILES,
  segmentedTable,
} from '../run/index.js';
import { splitOption } from './options.js';
import { wholeNumber } from './parse.js';
import { progress } from './progress.js';
import { segmentationTable } from './segment-table.js';

interface Flags extends EvaluateSegmentationOptions {
  readonly out?: string;
  readonly json?: boolean;
}

export function segmentEvaluateCommand(program: Command): void {
  program
    .command('evaluate')
    .description('measure a trained segmentation on other images with masks')
    .argument('<run>', 'folder of the run')
    .requiredOption('--data <labels.csv>', 'images and masks')
    .addOption(splitOption())
    .option('--out <folder>', 'write predictions.csv and metrics.json there')
    .option('--skip-bad', 'go on without images that cannot be read')
    .option('--seed <n>', "seed of the intervals (the run's own)", wholeNumber)
    .option('--json', 'print the metrics as JSON')
    .addHelpText('after', '\nExample:\n  semise segment evaluate masks --data other/labels.csv')
    .action(async (folder: string, flags: Flags) => {
      if (flags.out) await refuseExisting(flags.out);
      const shown = progress('segmenting', flags.json ?? false);
      const run = await openSegmentation(folder);
      try {
        const { metrics, images, skipped } = await evaluateSegmentationRun(run, {
          ...flags,
          onDecode: (done, total) => shown.count('reading images', done, total),
          onSegmented: (done, total) => shown.count('segmenting', done, total),
        }).finally(shown.end);
        if (flags.out) {
          await wholeFolder(flags.out, async (out) => {
            await writeWhole(join(out, RUN_FILES.predictions), segmentedTable(images));
            await writeJson(join(out, RUN_FILES.metrics), metrics);
          });
        }
        if (skipped.length > 0) {
          process.stderr.write(`skipped ${skipped.length} unreadable images\n`);
        }
        process.stdout.write(
          flags.json
            ? `${JSON.stringify(metrics)}\n`
            : `${segmentationTable([{ name: 'all', metrics }])}\n`,
        );
      } finally {
        await run.close();
      }
    });
}
