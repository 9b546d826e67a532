// Who the subjects of a set are: counts of each attribute, so that a reader can tell whom a figure speaks for.

import type { ImageRecord } from '../../data/index.js';
import type { AttributeSummary, People } from '../../report/validation/report-data.js';

/** Values shown of an attribute; one with more is a name or a remark, unless it is a number. */
const MOST_VALUES = 12;
/** Numbers with fewer values are codes. */
const FEWEST_NUMBERS = 9;

/** Attributes of an image, its site among them. */
export const attributesOf = ({ site, attributes }: ImageRecord): Record<string, string> => ({
  ...attributes,
  ...(site !== null && { site }),
});

/** A number of a subject is that of its first image; a subject of several values counts in each. */
export function peopleOf(rows: readonly ImageRecord[]): People {
  const subjects = new Set(rows.map((r) => r.subject));
  const byName = new Map<string, Map<string, Set<string>>>();
  for (const row of rows) {
    for (const [name, text] of Object.entries(attributesOf(row))) {
      const bySubject = byName.get(name) ?? new Map<string, Set<string>>();
      byName.set(name, bySubject);
      if (text.trim() === '') continue;
      bySubject.set(row.subject, (bySubject.get(row.subject) ?? new Set()).add(text.trim()));
    }
  }
  const attributes = [...byName].flatMap(([name, bySubject]): AttributeSummary[] => {
    const unknown = subjects.size - bySubject.size;
    const values = [...bySubject.values()];
    const distinct = [...new Set(values.flatMap((of) => [...of]))];
    if (distinct.length >= FEWEST_NUMBERS && distinct.every((v) => Number.isFinite(Number(v)))) {
      const numbers = values.map(([first]) => Number(first)).sort((a, b) => a - b);
      const at = (share: number) => numbers[Math.round(share * (numbers.length - 1))];
      const [quartiles, range] = [[at(0.25), at(0.75)] as const, [at(0), at(1)] as const];
      return [{ name, unknown, kind: 'numbers', median: at(0.5), quartiles, range }];
    }
    if (distinct.length === 0 || distinct.length > MOST_VALUES) return [];
    const counts = distinct.map((value) => ({
      value,
      subjects: values.filter((of) => of.has(value)).length,
    }));
    counts.sort((a, b) => b.subjects - a.subjects || (a.value < b.value ? -1 : 1));
    return [{ name, unknown, kind: 'values', values: counts }];
  });
  return { images: rows.length, subjects: subjects.size, attributes };
}
