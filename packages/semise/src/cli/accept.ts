// semise accept: stamps acceptance limits before the external test is opened.

import type { Command } from 'commander';
import { stampLimits } from '../run/index.js';

interface Flags {
  readonly run?: string;
  readonly again?: boolean;
  readonly json?: boolean;
}

export function acceptCommand(program: Command): void {
  program
    .command('accept')
    .description('check acceptance limits and stamp them with hash and date')
    .argument('<limits.json>', 'what the model must reach on the external set')
    .option('--run <folder>', "the run they are for; its model's hash joins the stamp")
    .option('--again', 'stamp a stamped file anew, with the date of today')
    .option('--json', 'print the stamp as JSON')
    .addHelpText(
      'after',
      '\nA file: { "limits": [ { "metric": "macroF1", "lower": 0.6 },\n' +
        '  { "metric": "sensitivity", "grade": 2, "lower": 0.8, "subgroup": { "sex": "F" } },\n' +
        '  { "metric": "maee", "upper": 2.5 } ] }\n' +
        '\nExample:\n  semise accept limits.json --run run',
    )
    .action(async (file: string, { json, ...options }: Flags) => {
      const stamp = await stampLimits(file, options);
      process.stdout.write(
        json
          ? `${JSON.stringify(stamp)}\n`
          : `${file}: stamped ${stamp.date}\nlimits ${stamp.limits}\n${stamp.model ? `model  ${stamp.model}\n` : ''}`,
      );
    });
}
