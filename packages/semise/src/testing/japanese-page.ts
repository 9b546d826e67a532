// For tests: the texts of a page, and Japanese ones with punctuation of another width.

/** What a reader meets: text, and labels for those who hear it. */
export function textsOf(html: string): string[] {
  const body = html.slice(html.indexOf('<body'));
  const shown = body
    .replace(/<(pre|code)\b[^>]*>.*?<\/\1>/gs, '')
    .split(/<[^>]*>/)
    .map((text) => text.replaceAll('&lt;', '<').replaceAll('&quot;', '"').replaceAll('&amp;', '&'));
  const heard = [...body.matchAll(/ (?:aria-label|alt)="([^"]*)"/g)].map(([, text]) => text);
  return [...shown, ...heard].map((text) => text.trim()).filter(Boolean);
}

const JAPANESE = '[\\u3040-\\u30ff\\u4e00-\\u9fff「」（）]';
const HALF = new RegExp(`${JAPANESE} ?[(),:;!?]|[(),:;] ?${JAPANESE}`);

/** Japanese texts in which a half-width bracket, comma, colon ... stands beside a Japanese letter. */
export const halfWidth = (html: string): string[] =>
  textsOf(html).filter((text) => HALF.test(text));
