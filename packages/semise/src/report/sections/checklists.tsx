// The end of the report: model card, change control, and the checklists, answered as far as the run and the
// card go; what is left says who must fill it in.

import type { ComponentChildren, VNode } from 'preact';
import { ROLES } from '../card.js';
import { CHANGE_CONTROL, POSSIBLE_CHANGES } from '../checklists/change-control.js';
import { CLAIM } from '../checklists/claim.js';
import { type Answer, answerOf, type Chapter, type Item, tally } from '../checklists/item.js';
import { MODEL_CARD } from '../checklists/model-card.js';
import { TRIPOD_AI } from '../checklists/tripod-ai.js';
import { count } from '../format.js';
import { texts, useLanguage } from '../language.js';
import { Section, Table } from '../layout.js';
import type { RunReport } from '../report-data.js';

const useTexts = texts({
  en: {
    modelCard: 'Model card',
    modelCardLead:
      'Under the headings of Mitchell et al. (2019). Sentences without a mark are facts of the run; people’s own words come from the card (--card); everything else is open.',
    changeControl: 'Change control',
    changeControlLead:
      "In the parts of the FDA's Predetermined Change Control Plan (guidance of December 2024) and of Japan's IDATEN. A plan to be completed and signed by people, no approval: a change outside of it, as of the intended use or the grades, needs a new validation.",
    possible: 'Changes that semise can make and verify; which are planned is for people to say',
    possibleHead: ['Change', 'Within which bounds', 'How it is verified'],
    idaten: 'Where each part stands in the two forms',
    idatenHead: ['Part', 'FDA PCCP', 'IDATEN'],
    idatenRows: [
      ['1', 'Description of Modifications', 'content and range of the change (変更の内容・範囲)'],
      [
        '2.1 to 2.5',
        'Modification Protocol: data management, retraining, performance evaluation',
        'design and verification plan with acceptance criteria (検証計画・判定基準)',
      ],
      [
        '2.6 to 2.9',
        'Modification Protocol: update procedures',
        'quality system and information to users (品質管理体制・情報提供)',
      ],
      ['3', 'Impact Assessment', 'risk management (リスクマネジメント)'],
    ],
    claim: 'CLAIM 2024 checklist',
    claimLead:
      'Checklist for Artificial Intelligence in Medical Imaging, 2024 update, 44 items in words of our own. “Filled” means that the run or the card says something; whether it is enough is for authors to judge.',
    tripod: 'TRIPOD+AI checklist',
    tripodLead:
      'Collins et al., BMJ 2024;385:e078378, 27 items with their parts in words of our own. A severity model reads images: its predictors are their pixels, and its outcome is the grade.',
    tally: ({ filled, part, open }: Record<Answer['status'], number>) =>
      `${count(filled)} filled, ${count(part)} in part, ${count(open)} open`,
    head: ['No.', 'Item', 'Answer'],
    cardHead: ['Topic', 'Answer'],
    status: { filled: 'filled', part: 'in part', open: 'open' },
    open: (by: string, what: string) => `Open, to be filled in by the ${by}: ${what}`,
    said: 'From the card: ',
    changed: 'The log of external images was changed by hand; what it says may be incomplete.',
  },
  ja: {
    modelCard: 'モデルカード',
    modelCardLead:
      'Mitchell ら（2019 年）の項目に沿っています。印のない文は学習結果から得た事実、「カードより」は担当者の記述（--card）、それ以外は未記入です。',
    changeControl: '変更管理計画',
    changeControlLead:
      '米国 FDA の Predetermined Change Control Plan（2024 年 12 月ガイダンス）および日本の変更計画確認手続制度（IDATEN）の構成に沿っています。担当者が完成させ署名するための計画案であり、承認を示すものではありません。使用目的やグレードの変更など計画外の変更には、改めて検証が必要です。',
    possible: 'semise で実施・検証できる変更（どれを予定するかは担当者が記載）',
    possibleHead: ['変更', '変更の範囲', '検証方法'],
    idaten: '両制度における位置付け',
    idatenHead: ['本計画', 'FDA PCCP', 'IDATEN'],
    idatenRows: [
      ['1', '変更の説明（Description of Modifications）', '変更の内容・範囲'],
      [
        '2.1～2.5',
        '変更手順（Modification Protocol）：データ管理、再学習、性能評価',
        '検証計画・判定基準',
      ],
      ['2.6～2.9', '変更手順（Modification Protocol）：更新手順', '品質管理体制・情報提供'],
      ['3', '影響評価（Impact Assessment）', 'リスクマネジメント'],
    ],
    claim: 'CLAIM 2024 チェックリスト',
    claimLead:
      '医用画像 AI のチェックリスト（Checklist for Artificial Intelligence in Medical Imaging）2024 年改訂版の 44 項目です。項目の文言は本ソフトウェアによる要約です。「記入済み」は学習結果またはカードに記載があることを示し、十分かどうかは著者が判断してください。',
    tripod: 'TRIPOD+AI チェックリスト',
    tripodLead:
      'Collins ら（BMJ 2024;385:e078378）の 27 項目とその細目です。項目の文言は本ソフトウェアによる要約です。重症度モデルは画像を読み取るため、予測因子は画素、アウトカムはグレードです。',
    tally: ({ filled, part, open }) =>
      `記入済み ${count(filled)}、一部記入 ${count(part)}、未記入 ${count(open)}`,
    head: ['番号', '項目', '回答'],
    cardHead: ['項目', '内容'],
    status: { filled: '記入済み', part: '一部記入', open: '未記入' },
    open: (by, what) => `未記入（${by}が記入）：${what}`,
    said: 'カードより：',
    changed: '外部画像の使用記録が手作業で変更されています。記録は不完全な可能性があります。',
  },
});

/** What stands between backticks is code. */
const prose = (text: string): ComponentChildren =>
  text.split('`').map((part, i) => (i % 2 === 1 ? <code>{part}</code> : part));

export function ModelCardSection({ run }: { run: RunReport }): VNode {
  const t = useTexts();
  return (
    <Section id="model-card" title={t.modelCard} lead={t.modelCardLead}>
      <Chapters of={MODEL_CARD} run={run} />
    </Section>
  );
}

export function ChangeControlSection({ run }: { run: RunReport }): VNode {
  const t = useTexts();
  const language = useLanguage();
  return (
    <Section id="change-control" title={t.changeControl} lead={t.changeControlLead}>
      {run.validations?.whole === false && (
        <p class="check warning" role="alert">
          {t.changed}
        </p>
      )}
      <Table
        caption={t.possible}
        head={t.possibleHead}
        words={3}
        rows={POSSIBLE_CHANGES[language].map((row) => row.map(prose))}
      />
      <Chapters of={CHANGE_CONTROL} run={run} />
      <Table caption={t.idaten} head={t.idatenHead} words={3} rows={t.idatenRows} />
    </Section>
  );
}

export function ClaimSection({ run }: { run: RunReport }): VNode {
  const t = useTexts();
  return (
    <Section id="claim" title={t.claim} lead={t.claimLead}>
      <Chapters of={CLAIM} run={run} />
    </Section>
  );
}

export function TripodSection({ run }: { run: RunReport }): VNode {
  const t = useTexts();
  return (
    <Section id="tripod-ai" title={t.tripod} lead={t.tripodLead}>
      <Chapters of={TRIPOD_AI} run={run} />
    </Section>
  );
}

/** Open when the page opens, so that every browser prints it. */
function Chapters({ of, run }: { of: readonly Chapter[]; run: RunReport }): VNode {
  const t = useTexts();
  const language = useLanguage();
  return (
    <details open>
      <summary>{t.tally(tally(of, run))}</summary>
      {of.map((chapter) => (
        <Items title={chapter[language]} items={chapter.items} run={run} />
      ))}
    </details>
  );
}

function Items({
  title,
  items,
  run,
}: {
  title: string;
  items: readonly Item[];
  run: RunReport;
}): VNode {
  const t = useTexts();
  const language = useLanguage();
  const numbered = items.some(({ number }) => number !== '');
  return (
    <div class="checklist">
      <Table
        caption={title}
        head={numbered ? t.head : t.cardHead}
        words={3}
        rows={items.map((item) => {
          const answer = <Answered {...answerOf(item, run, language)} />;
          return numbered ? [item.number, item[language], answer] : [item[language], answer];
        })}
      />
    </div>
  );
}

function Answered({ status, known, said, open }: Answer): VNode {
  const t = useTexts();
  const language = useLanguage();
  return (
    <>
      <span class={`status ${status}`}>{t.status[status]}</span>
      {known.map((text) => (
        <p>{prose(text)}</p>
      ))}
      {said.map(({ text }) => (
        <p class="said">
          <span class="from">{t.said}</span>
          {text}
        </p>
      ))}
      {open.map(({ by, what, field }) => (
        <p class="open">
          {prose(t.open(ROLES[by][language], what))}
          {field && (
            <>
              {' '}
              <code>{field}</code>
            </>
          )}
        </p>
      ))}
    </>
  );
}
