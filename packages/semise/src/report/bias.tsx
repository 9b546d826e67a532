// The page of `semise bias`: the subgroups of one run, in full.

import type { VNode } from 'preact';
import type { SubgroupReport } from '../evaluation/subgroups/index.js';
import { Document, documentText } from './document.js';
import { count, counted } from './format.js';
import { type Language, texts } from './language.js';
import { SubgroupSections } from './sections/subgroups.js';

export interface BiasPage {
  /** Folder of the run. */
  run: string;
  /** When it was made, as it shall be read. */
  created: string;
  report: SubgroupReport & { data: string; trainedOn: number };
}

const useTexts = texts({
  en: {
    title: (run: string) => `Subgroups of ${run}`,
    size: (images: number, subjects: number, data: string) =>
      `${counted(images, 'graded image')} of ${counted(subjects, 'subject')}, none of them trained on; grades and attributes from ${data}.`,
    leftOut: (n: number) => ` ${counted(n, 'image')} left out: the run was trained on them.`,
    made: (created: string) =>
      `Made ${created} by semise. For research only; not a medical device.`,
    footer: 'semise, Apache-2.0. All figures: bias.json.',
  },
  ja: {
    title: (run) => `サブグループ解析：${run}`,
    size: (images, subjects, data) =>
      `グレード付き画像 ${count(images)} 枚、対象者 ${count(subjects)} 名（学習に使用した画像は含みません）。グレードと属性の出典：${data}`,
    leftOut: (n) => `。学習に使用した画像 ${count(n)} 枚は除外しました`,
    made: (created) =>
      `作成日時 ${created}（semise により作成）。研究用であり、医療機器ではありません。`,
    footer: 'semise, Apache-2.0。全数値は bias.json にあります。',
  },
});

/** One self-contained HTML document: no script, nothing fetched, every text escaped. */
export function renderBias(page: BiasPage, language: Language = 'en'): string {
  const title = useTexts.in(language).title(page.run);
  return documentText(
    <Document title={title} language={language}>
      <Page {...page} />
    </Document>,
  );
}

function Page({ run, created, report }: BiasPage): VNode {
  const t = useTexts();
  return (
    <>
      <header>
        <h1>{t.title(run)}</h1>
        <p>
          {t.size(report.images, report.subjects, report.data)}
          {report.trainedOn > 0 && t.leftOut(report.trainedOn)}
        </p>
        <p>{t.made(created)}</p>
      </header>
      <SubgroupSections runs={[{ name: run, subgroups: report }]} all />
      <footer>{t.footer}</footer>
    </>
  );
}
