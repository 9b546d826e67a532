// semise predict: the grade of single images.

import Table from 'cli-table3';
import type { Command } from 'commander';
import { openRun } from '../run/index.js';

export function predictCommand(program: Command): void {
  program
    .command('predict')
    .description('grade image files with a trained run')
    .argument('<run>', 'folder of the run')
    .argument('<images...>', 'image files')
    .option('--json', 'print one JSON object an image')
    .addHelpText('after', '\nExample:\n  semise predict run patient-7.png')
    .action(async (folder: string, files: string[], flags: { json?: boolean }) => {
      const run = await openRun(folder);
      try {
        const answers = await run.predict(files);
        if (flags.json) {
          for (const { file, grade, score, probabilities } of answers) {
            process.stdout.write(
              `${JSON.stringify({ image: file, grade, score, probabilities })}\n`,
            );
          }
          return;
        }
        const table = new Table({
          head: ['image', 'grade', 'severity score', 'probability of each grade'],
          style: { head: [], border: [] },
        });
        for (const { file, grade, score, probabilities } of answers) {
          const shares = probabilities.map((p, k) => `${k}: ${(100 * p).toFixed(0)} %`);
          table.push([file, grade, score.toFixed(3), shares.join('  ')]);
        }
        process.stdout.write(`${table}\n`);
      } finally {
        await run.close();
      }
    });
}
