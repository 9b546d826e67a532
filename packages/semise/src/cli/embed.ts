// semise embed: the encoder's features of images, for whatever comes next.

import type { Command } from 'commander';
import { writeWhole } from '../atomic.js';
import { embeddingTable, openRun } from '../run/index.js';

interface Flags {
  readonly out: string;
  readonly json?: boolean;
}

export function embedCommand(program: Command): void {
  program
    .command('embed')
    .description("write the encoder's features and the severity score of image files")
    .argument('<run>', 'folder of the run')
    .argument('<images...>', 'image files')
    .requiredOption('--out <file.csv>', 'a row an image: image, score, e0, e1, ...')
    .option('--json', 'print what was written as JSON')
    .addHelpText('after', '\nExample:\n  semise embed run scans/*.png --out embeddings.csv')
    .action(async (folder: string, files: string[], { out, json }: Flags) => {
      const run = await openRun(folder, { calibration: null });
      try {
        const answers = await run.predict(files);
        await writeWhole(out, embeddingTable(answers));
        const [images, features] = [answers.length, answers[0].embedding.length];
        process.stdout.write(
          json
            ? `${JSON.stringify({ out, images, features })}\n`
            : `${out}: ${images} images, ${features} features each\n`,
        );
      } finally {
        await run.close();
      }
    });
}
