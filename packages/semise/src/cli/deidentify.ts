// semise deidentify: DICOM files without what names their patients.

import type { Command } from 'commander';
import { deidentifyFolder, describeReport } from '../data/deidentify/index.js';
import { interruptSignal } from './interrupt.js';
import { progress } from './progress.js';

interface Flags {
  readonly out: string;
  readonly key: string;
  readonly json?: boolean;
}

export function deidentifyCommand(program: Command): void {
  program
    .command('deidentify')
    .description('write DICOM images without patient identity (PS3.15 Basic Profile)')
    .argument('<source>', 'DICOM file, or folder of them')
    .requiredOption('--out <folder>', 'folder to write; must not exist yet')
    .requiredOption('--key <file>', 'key of the pseudonyms, kept outside both; made on first use')
    .option('--json', 'print the report as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  semise deidentify scans --out shared --key ~/semise.key\n\n' +
        'Text inside the picture stays: look at the files that the report names.',
    )
    .action(async (source: string, { json = false, ...flags }: Flags) => {
      const shown = progress('reading', json);
      const signal = interruptSignal(shown.end);
      const { report, skipped } = await deidentifyFolder({
        source,
        ...flags,
        onProgress: (done, total) => {
          signal.throwIfAborted();
          shown.count('de-identifying files', done, total);
        },
      }).finally(shown.end);
      for (const { file, reason } of skipped) process.stderr.write(`left out ${file}: ${reason}\n`);
      process.stdout.write(
        json ? `${JSON.stringify(report)}\n` : `${flags.out}: ${describeReport(report)}`,
      );
    });
}
