// explain.html: why single images have their score, one self-contained page.

import { Document, documentText } from './document.js';
import { type Language, textIn, texts, useLanguage } from './language.js';
import { Section } from './layout.js';
import type { ExplainedImage } from './report-data.js';
import { Explained } from './sections/explanation.js';

export interface ExplanationPage {
  /** Where the model is from. */
  run: string;
  /** When it was made, as it shall be read. */
  created: string;
  /** The image that the others are compared with; null = the model's mean healthy image. */
  compared: string | null;
  images: ExplainedImage[];
}

const TITLE = {
  en: 'Why these images have their severity score',
  ja: 'この重症度スコアになった理由',
};

const useTexts = texts({
  en: {
    made: (created: string, run: string) =>
      `Made ${created} by semise from the run ${run}. For research only; not a medical device.`,
    maps: 'Maps',
    lead: 'Vermilion raises the severity score, blue lowers it; over the images of this page one strength of colour means one size of effect. A map says what the model looked at, not whether it was right to.',
    healthy: 'Compared with the mean healthy image of the training.',
    other: (image: string) =>
      `Compared with ${image}: the maps say why each image is worse (or milder) than that one. The two are laid over one another as they are; where their anatomy lies apart, that shows, too.`,
  },
  ja: {
    made: (created: string, run: string) =>
      `作成日時 ${created}、semise（実行 ${run}）。研究用であり、医療機器ではありません。`,
    maps: 'マップ',
    lead: '朱色は重症度スコアを上げる部分、青は下げる部分です。このページの画像では、同じ濃さが同じ大きさの影響を表します。マップが示すのはモデルが何を見たかであり、その判断が正しいかどうかではありません。',
    healthy: '学習に用いた健常画像の平均と比較しています。',
    other: (image: string) =>
      `${image} と比較しています。各画像がこの画像より重い（または軽い）理由を示します。2 枚は位置合わせせずに重ねているため、解剖学的な位置のずれもマップに現れます。`,
  },
});

/** The same data give the same document. */
export const renderExplanation = (page: ExplanationPage, language: Language = 'en'): string =>
  documentText(
    <Document title={textIn(TITLE, language)} language={language} pictures>
      <Page {...page} />
    </Document>,
  );

function Page({ run, created, compared, images }: ExplanationPage) {
  const t = useTexts();
  return (
    <>
      <header>
        <h1>{textIn(TITLE, useLanguage())}</h1>
        <p>{t.made(created, run)}</p>
      </header>
      <Section
        id="maps"
        title={t.maps}
        lead={`${t.lead} ${compared === null ? t.healthy : t.other(compared)}`}
      >
        <Explained images={images} />
      </Section>
    </>
  );
}
