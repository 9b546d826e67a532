// The card of a model (`report/card.ts`), as a file that people write.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, YAMLParseError } from 'yaml';
import { exists } from '../atomic.js';
import { InputError } from '../errors.js';
import { CARD_FIELDS, type Card, cardSchema } from '../report/card.js';
import { RUN_FILES } from './files.js';

/** @param file YAML or JSON @throws InputError naming the field, if it is not a card */
export async function readCard(file: string): Promise<Card> {
  const content = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`${file}: cannot be read (${error.code}); check the path`);
  });
  let given: unknown;
  try {
    given = parse(content);
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    const line = error.linePos?.[0].line;
    const [reason] = error.message.split(' at line');
    throw new InputError(`${file}:${line}: not YAML (${reason}); mend that line`);
  }
  const checked = cardSchema.safeParse(given ?? {});
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  const path = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const fields: Record<string, object> = path ? CARD_FIELDS : { '': CARD_FIELDS };
    const [unknown] = issue.keys;
    throw new InputError(
      `${file}: field ${path ? `${path}.` : ''}${unknown} is not known; there are ${Object.keys(fields[path] ?? { en: 0, ja: 0 }).join(', ')}`,
    );
  }
  throw new InputError(
    `${file}: field ${path || 'card'}: give ${issue.path.length < 2 ? 'fields, each with a text' : 'a text, or one in each language as en: and ja:'}`,
  );
}

/** The card kept with a run; undefined where there is none. @throws as `readCard` */
export async function cardOf(folder: string): Promise<Card | undefined> {
  const file = join(folder, RUN_FILES.card);
  return (await exists(file)) ? readCard(file) : undefined;
}
