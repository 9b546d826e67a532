// A fact of a run: a sentence, in both languages.

import type { Language } from '../language.js';
import type { RunReport } from '../report-data.js';

/** Null where the run does not know. */
export type Fact = (run: RunReport, language: Language) => string | null;

/** A fact in both languages of what is found in the run; null where nothing is. */
export function fact<T>(
  find: (run: RunReport, language: Language) => T | null,
  say: Record<Language, (found: T) => string>,
): Fact {
  return (run, language) => {
    const found = find(run, language);
    return found === null ? null : say[language](found);
  };
}
