// The languages of a report. A section keeps its own texts beside its markup, in every language.

import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

export const LANGUAGES = ['en', 'ja'] as const;
export type Language = (typeof LANGUAGES)[number];

/** A text of the data: in every language, or as it is in all. */
export type Text = string | Readonly<Record<Language, string>>;

export const textIn = (text: Text, language: Language): string =>
  typeof text === 'string' ? text : text[language];

const Current = createContext<Language>('en');

/** `<InLanguage value="ja">`: everything inside speaks it. */
export const InLanguage = Current.Provider;

/** The language around a component. */
export const useLanguage = (): Language => useContext(Current);

/** Texts by language: a hook for components, and `in` for what is not one, such as a chart. */
export interface Texts<T> {
  (): T;
  in(language: Language): T;
}

/**
 * The texts of a component; a text with figures in it is a function.
 *
 * ```tsx
 * const useTexts = texts({
 *   en: { title: 'Results', images: (n: number) => `${n} images` },
 *   ja: { title: '結果', images: (n) => `画像 ${n} 枚` },
 * });
 * function Results() {
 *   const t = useTexts();
 *   return <Section id="results" title={t.title}>{t.images(3)}</Section>;
 * }
 * ```
 */
export function texts<T>(of: { en: T; ja: NoInfer<T> }): Texts<T> {
  return Object.assign(() => of[useLanguage()], { in: (language: Language) => of[language] });
}
