// The report as Markdown.

import type { BenchmarkDocument, DocumentTable, TextCell } from './document.js';

export function renderMarkdown({ title, text, sections }: BenchmarkDocument): string {
  return `${[
    `# ${title}`,
    ...text,
    ...sections.flatMap((section) => [
      `## ${section.title}`,
      ...section.text,
      ...section.tables.flatMap(table),
    ]),
  ].join('\n\n')}\n`;
}

const table = ({ caption, head, rows }: DocumentTable): string[] => [
  `**${escaped(caption)}**`,
  [head.map(escaped), head.map(() => '---'), ...rows.map((row) => row.map(written))]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n'),
];

const written = ({ text, strong }: TextCell): string =>
  strong ? `**${escaped(text)}**` : escaped(text);

const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
