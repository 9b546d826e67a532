// semise report: the report of a finished run anew, in another language or with another card.

import type { Command } from 'commander';
import { refuseExisting } from '../atomic.js';
import type { Language } from '../report/language.js';
import { readCard, rewriteReport } from '../run/index.js';
import { cardOption, languageOption } from './options.js';

interface Flags {
  readonly lang?: Language;
  readonly card?: string;
  readonly out?: string;
  readonly json?: boolean;
}

export function reportCommand(program: Command): void {
  program
    .command('report')
    .description("write a finished run's report anew")
    .argument('<run>', 'folder of the run')
    .addOption(languageOption())
    .addOption(cardOption())
    .option('--out <file>', "the report; the run's own report.html, unless told")
    .option('--json', 'print where it is as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  semise report run --lang ja --card card.yaml --out report-ja.html',
    )
    .action(async (folder: string, { lang, card, out, json }: Flags) => {
      if (out) await refuseExisting(out);
      const report = await rewriteReport(
        folder,
        { language: lang, card: card ? await readCard(card) : undefined },
        out,
      );
      process.stdout.write(json ? `${JSON.stringify({ report })}\n` : `report: ${report}\n`);
    });
}
