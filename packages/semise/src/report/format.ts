// Numbers as people read them.

import type { Estimate } from '../evaluation/evaluate.js';
import { type Language, texts } from './language.js';

/** Three decimals; an en dash where there is no value. */
export function decimal(value: number | null | undefined, digits = 3): string {
  return value === null || value === undefined || !Number.isFinite(value)
    ? '–'
    : value.toFixed(digits).replace('-', '−');
}

/** `+0.120`, `−0.030`. */
export function signed(value: number | null, digits = 3): string {
  return value !== null && value > 0 ? `+${decimal(value, digits)}` : decimal(value, digits);
}

/** A p-value: `0.012`, `< 0.001`. */
export const chance = (p: number | null): string =>
  p !== null && p < 0.001 ? '<\u00a00.001' : decimal(p);

const FORMS = texts({
  en: {
    none: 'no interval',
    range: (low: string, high: string) => `${low} to ${high}`,
    seconds: (n: string) => `${n} s`,
    minutes: (n: string) => `${n} min`,
    hours: (n: string) => `${n} h`,
  },
  ja: {
    none: '区間なし',
    range: (low, high) => `${low}～${high}`,
    seconds: (n) => `${n} 秒`,
    minutes: (n) => `${n} 分`,
    hours: (n) => `${n} 時間`,
  },
});

/** `0.512 to 0.634`, in the language around (`useLanguage`). */
export function interval(
  ci95: Estimate['ci95'],
  language: Language,
  write = decimal as (value: number) => string,
): string {
  const forms = FORMS.in(language);
  return ci95 === null ? forms.none : forms.range(write(ci95[0]), write(ci95[1]));
}

/** `a, b`; in Japanese `a、b`. */
export const listed = (items: readonly string[], language: Language): string =>
  items.join(language === 'ja' ? '、' : ', ');

/** `: `; in Japanese `：`. */
export const colon = (language: Language): string => (language === 'ja' ? '：' : ': ');

/** ` (a)`, to follow a word; in Japanese `（a）`. */
export const inBrackets = (text: string, language: Language): string =>
  language === 'ja' ? `（${text}）` : ` (${text})`;

/** `12,345`. */
export function count(value: number): string {
  return value.toLocaleString('en-GB');
}

/** English: `1 subject`, `2 subjects`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** `95 s`, `12 min`, `3.5 h`. */
export function duration(seconds: number, language: Language = 'en'): string {
  const forms = FORMS.in(language);
  if (seconds < 120) return forms.seconds(`${Math.round(seconds)}`);
  if (seconds < 7200) return forms.minutes(`${Math.round(seconds / 60)}`);
  return forms.hours((seconds / 3600).toFixed(1));
}
