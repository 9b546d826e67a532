// semise calibrate: calibrated probabilities, sets of grades and a working point, from graded images.

import type { Command } from 'commander';
import type { CalibrateRunOptions, Calibration } from '../run/index.js';
import { calibrateRun, openRun } from '../run/index.js';
import { splitOption } from './options.js';
import { share, wholeNumber } from './parse.js';
import { progress } from './progress.js';
import { referralInWords, setsInWords } from './table.js';

interface Flags extends Omit<CalibrateRunOptions, 'onDecode'> {
  readonly json?: boolean;
}

export function calibrateCommand(program: Command): void {
  program
    .command('calibrate')
    .description("fit a run's probabilities, sets of grades and working point to graded images")
    .argument('<run>', 'folder of the run')
    .option('--data <labels.csv>', "graded images of another site (the run's validation split)")
    .addOption(splitOption())
    .option('--coverage <share>', 'how often a set shall hold the grade (0.9)', share)
    .option('--by-grade', 'show sets with that coverage in every single grade')
    .option('--max-error <share>', 'wrong answers allowed among those kept (0.1)', share)
    .option('--confidence <share>', 'how sure that must be (0.95)', share)
    .option('--tolerance <grades>', 'grades off that are not wrong (0)', wholeNumber)
    .option('--out <file>', "write there, not to the run's calibration.json")
    .option('--skip-bad', 'go on without images that cannot be read')
    .option('--seed <n>', "seed (the run's own)", wholeNumber)
    .option('--json', 'print the calibration as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  semise calibrate run --coverage 0.95 --max-error 0.2' +
        '\n  semise calibrate run --data other-hospital/labels.csv --out other.json',
    )
    .action(async (folder: string, { json, ...flags }: Flags) => {
      const shown = progress('grading', json ?? false);
      const run = await openRun(folder, { calibration: null });
      try {
        const { file, calibration, skipped } = await calibrateRun(run, {
          ...flags,
          onDecode: (done, total) => shown.count('reading images', done, total),
        }).finally(shown.end);
        if (skipped.length > 0)
          process.stderr.write(`skipped ${skipped.length} unreadable images\n`);
        process.stdout.write(
          json
            ? `${JSON.stringify({ out: file, ...calibration })}\n`
            : `${described(calibration)}\ncalibration: ${file}\n`,
        );
      } finally {
        await run.close();
      }
    });
}

/** In words. */
function described({ uncertainty }: Calibration): string {
  const { images, subjects, probabilities } = uncertainty;
  const { calibrator, rps } = probabilities;
  const scores = rps && Object.entries(rps).map(([name, value]) => `${name} ${value.toFixed(4)}`);
  const lines = [
    `${images} graded images of ${subjects} subjects`,
    `probabilities: ${
      calibrator.method === 'none'
        ? 'left as they are'
        : calibrator.method === 'temperature'
          ? `temperature ${calibrator.temperature.toFixed(2)}`
          : 'isotonic curves'
    } (${scores ? `RPS on subjects left out: ${scores.join(', ')}` : 'too few subjects to fit'})`,
    `possible grades: ${setsInWords(uncertainty)}`,
    `send to a human: ${referralInWords(uncertainty)}`,
  ];
  return lines.join('\n');
}
