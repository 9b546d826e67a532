// The frame of every report: one HTML document that opens anywhere, offline.

import type { ComponentChildren, VNode } from 'preact';
import { renderToString } from 'preact-render-to-string';
import { InLanguage, type Language, texts } from './language.js';
import { STYLE } from './style.js';

interface DocumentProps {
  title: string;
  /** Which its texts speak; English unless told. */
  language?: Language;
  /** Whether it shows pictures, which are inside the document. */
  pictures?: boolean;
  style?: string;
  children: ComponentChildren;
}

/** No script, nothing fetched, every text escaped. */
export function Document({
  title,
  language = 'en',
  pictures = false,
  style = STYLE,
  children,
}: DocumentProps): VNode {
  return (
    <html lang={language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content={`default-src 'none';${pictures ? ' img-src data:;' : ''} style-src 'unsafe-inline'`}
        />
        <title>{title}</title>
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body>
        <main>
          <InLanguage value={language}>{children}</InLanguage>
        </main>
      </body>
    </html>
  );
}

const useTexts = texts({ en: { contents: 'Contents' }, ja: { contents: '目次' } });

/** Links to the sections. @param of their ids and titles */
export function Contents({ of }: { of: readonly (readonly [string, string])[] }): VNode {
  const t = useTexts();
  return (
    <nav aria-label={t.contents}>
      {of.map(([id, name]) => (
        <a key={id} href={`#${id}`}>
          {name}
        </a>
      ))}
    </nav>
  );
}

/** The same page gives the same text. */
export const documentText = (page: VNode): string => `<!doctype html>\n${renderToString(page)}\n`;
