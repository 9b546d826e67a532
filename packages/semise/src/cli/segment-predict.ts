// semise segment predict: masks, overlays and lesion counts of single images.

import Table from 'cli-table3';
import type { Command } from 'commander';
import { refuseExisting } from '../atomic.js';
import { type SegmentationOutput, segmentFiles } from '../run/index.js';
import { spacing } from './parse.js';
import { progress } from './progress.js';

interface Flags extends SegmentationOutput {
  readonly json?: boolean;
}

export function segmentPredictCommand(program: Command): void {
  program
    .command('predict')
    .description('outline the lesions of image files')
    .argument('<run>', 'folder of the run')
    .argument('<images...>', 'image files: PNG, JPEG, TIFF or DICOM')
    .requiredOption('--out <folder>', 'folder for masks and overlays; must not exist yet')
    .option('--nifti', 'also write masks as .nii.gz')
    .option(
      '--spacing <mm>',
      'distance of pixels where the file does not tell it: 0.2, or down x across as 0.3x0.2',
      spacing,
    )
    .option('--no-flips', 'do not average over mirror images: faster, a little less exact')
    .option('--no-overlay', 'write no overlay pictures')
    .option('--json', 'print one JSON object an image')
    .addHelpText('after', '\nExample:\n  semise segment predict masks patient-7.png --out outlined')
    .action(async (folder: string, files: string[], flags: Flags) => {
      await refuseExisting(flags.out);
      const shown = progress('segmenting', flags.json ?? false);
      const segmented = await segmentFiles(folder, files, flags, (done, total) =>
        shown.count('segmenting', done, total),
      ).finally(shown.end);
      if (flags.json) {
        for (const line of segmented) process.stdout.write(`${JSON.stringify(line)}\n`);
        return;
      }
      const table = new Table({
        head: ['image', 'lesions', 'area, pixels', 'area, mm²', 'burden', 'severity score'],
        style: { head: [], border: [] },
      });
      for (const { image, lesions, area, areaMm2, burden, score } of segmented) {
        table.push([
          image,
          lesions,
          area,
          areaMm2 === null ? '-' : areaMm2.toFixed(1),
          `${(100 * burden).toFixed(2)} %`,
          score === null ? '-' : score.toFixed(3),
        ]);
      }
      process.stdout.write(`${table}\nmasks and overlays: ${flags.out}\n`);
    });
}
