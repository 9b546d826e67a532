// semise export: what others run, out of a run folder.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors } from '@semise/autograd';
import { type Command, Option } from 'commander';
import { unwritable, writeWhole } from '../atomic.js';
import { InputError } from '../errors.js';
import { RUN_FILES, readRunConfig } from '../run/index.js';
import { averagedEncoder, readCheckpoint } from '../training/index.js';

interface Flags {
  readonly out: string;
  readonly what: 'model' | 'encoder' | 'weights';
  readonly json?: boolean;
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
    .option('--json', 'print what was written as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  semise export run --what weights --out encoder.safetensors',
    )
    .action(async (folder: string, { out, what, json }: Flags) => {
      await readRunConfig(folder);
      const model = await readFile(join(folder, RUN_FILES.model)).catch(() => {
        throw new InputError(
          `${folder}: has no model.onnx yet; finish it with semise train --resume --out ${folder}`,
        );
      });
      if (what === 'weights') {
        const { tensors } = await readCheckpoint(join(folder, RUN_FILES.checkpoint));
        await writeSafetensors(out, averagedEncoder(tensors)).catch((error) => {
          throw unwritable(out, error);
        });
      } else {
        const encoder = join(folder, RUN_FILES.encoder);
        await writeWhole(out, what === 'model' ? model : await readFile(encoder));
      }
      process.stdout.write(json ? `${JSON.stringify({ out, what })}\n` : `${out}\n`);
    });
}
