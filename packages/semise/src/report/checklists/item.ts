// An item of a checklist, and how it is answered: by facts of the run, and by what people say in the card.

import {
  type CardField,
  describeField,
  type FieldDescription,
  type Role,
  saidIn,
} from '../card.js';
import { type Language, textIn } from '../language.js';
import type { RunReport } from '../report-data.js';
import { FACTS, type FactName } from './facts.js';

export interface Item {
  /** As the checklist numbers it. */
  readonly number: string;
  readonly en: string;
  readonly ja: string;
  /** What the run can say. */
  readonly facts: readonly FactName[];
  /** What a person must say; empty where the run says all. */
  readonly card: readonly CardField[];
  /** What is open where the run knows none of the facts. */
  readonly otherwise?: FieldDescription;
}

export interface Chapter {
  readonly en: string;
  readonly ja: string;
  readonly items: readonly Item[];
}

export const item = (
  number: string,
  en: string,
  ja: string,
  facts: readonly FactName[],
  card: readonly CardField[],
  otherwise?: FieldDescription,
): Item => ({ number, en, ja, facts, card, otherwise });

export interface Answer {
  readonly status: 'filled' | 'part' | 'open';
  readonly known: readonly string[];
  readonly said: readonly { field: CardField; text: string }[];
  /** What nobody has said yet, and the field of the card for it, where there is one. */
  readonly open: readonly { by: Role; what: string; field?: CardField }[];
}

/** Nothing is invented: an answer is a fact of the run, or the words of the card; the rest is open. */
export function answerOf(
  { facts, card, otherwise }: Item,
  run: RunReport,
  language: Language,
): Answer {
  const known = facts.flatMap((name) => FACTS[name](run, language) ?? []);
  const fields = card.map((field) => ({ field, text: saidIn(run.card, field) }));
  const said = fields.flatMap(({ field, text }) =>
    text === undefined ? [] : [{ field, text: textIn(text, language) }],
  );
  const missing: Answer['open'] = fields.flatMap(({ field, text }) => {
    if (text !== undefined) return [];
    const described = describeField(field);
    return [{ field, by: described.by, what: described[language] }];
  });
  const open =
    otherwise && known.length === 0
      ? [...missing, { by: otherwise.by, what: otherwise[language] }]
      : missing;
  const answered = known.length + said.length > 0;
  const status = !answered ? 'open' : open.length > 0 ? 'part' : 'filled';
  return { status, known, said, open };
}

/** How many of the items have which status. */
export function tally(
  chapters: readonly Chapter[],
  run: RunReport,
): Record<Answer['status'], number> {
  const counts = { filled: 0, part: 0, open: 0 };
  for (const one of chapters.flatMap(({ items }) => items)) {
    counts[answerOf(one, run, 'en').status]++;
  }
  return counts;
}
