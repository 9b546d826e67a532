// semise export: what others run, out of a run folder.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors } from '@semise/autograd';
import { type Command, Option } from 'commander';
import { unwritable, writeWhole } from '../atomic.js';
import { InputError } from '../errors.js';
import { modelMetadata, RUN_FILES, readRunConfig, readTrainedModel } from '../run/index.js';
import { exportExplanation } from '../tasks/index.js';
import { averagedEncoder, readCheckpoint } from '../training/index.js';

interface Flags {
  readonly out: string;
  readonly what: 'model' | 'encoder' | 'explain' | 'weights';
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
        'model: image to grade and score; encoder: image to features; explain: image to score and maps of why; weights: for PyTorch, with torchvision names',
      )
        .choices(['model', 'encoder', 'explain', 'weights'])
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
      } else if (what === 'explain') {
        const trained = await readTrainedModel(folder);
        const metadata = modelMetadata(trained.config, trained.model);
        await writeWhole(out, exportExplanation(trained.model, metadata));
      } else {
        const encoder = join(folder, RUN_FILES.encoder);
        await writeWhole(out, what === 'model' ? model : await readFile(encoder));
      }
      process.stdout.write(json ? `${JSON.stringify({ out, what })}\n` : `${out}\n`);
    });
}
