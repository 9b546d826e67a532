// semise export: what others run, out of a run folder.

import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors } from '@semise/autograd';
import { type Command, Option } from 'commander';
import { InputError } from '../errors.js';
import { RUN_FILES, readRunConfig } from '../run/index.js';
import { averagedWeights, readCheckpoint } from '../training/index.js';

interface Flags {
  readonly out: string;
  readonly what: 'model' | 'encoder' | 'weights';
}

export function exportCommand(program: Command): void {
  program
    .command('export')
    .description('write the model, the encoder or its weights to a file')
    .argument('<run>', 'folder of the run')
    .requiredOption('--out <file>', 'file to write')
    .addOption(
      new Option(
        '--what <part>',
        'model: image to grade and score; encoder: image to features; weights: for PyTorch, with torchvision names',
      )
        .choices(['model', 'encoder', 'weights'])
        .default('model'),
    )
    .addHelpText(
      'after',
      '\nExample:\n  semise export run --what weights --out encoder.safetensors',
    )
    .action(async (folder: string, { out, what }: Flags) => {
      await readRunConfig(folder);
      if (what === 'weights') {
        const { tensors } = await readCheckpoint(join(folder, RUN_FILES.checkpoint));
        const encoder = [...averagedWeights(tensors)].flatMap(([name, tensor]) =>
          name.startsWith('encoder.') ? [[name.slice('encoder.'.length), tensor] as const] : [],
        );
        await writeSafetensors(out, new Map(encoder));
      } else {
        await copyFile(join(folder, RUN_FILES[what]), out).catch(() => {
          throw new InputError(
            `${folder}: has no ${RUN_FILES[what]} yet; finish it with semise train --resume`,
          );
        });
      }
      process.stdout.write(`${out}\n`);
    });
}
