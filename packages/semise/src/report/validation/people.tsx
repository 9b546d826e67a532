// Whom the external figures speak for: the mix of grades, who the subjects are, and that none was seen before.

import type { VNode } from 'preact';
import { count, decimal, listed } from '../format.js';
import { texts, useLanguage } from '../language.js';
import { Section, Table } from '../layout.js';
import { Difference } from './figures.js';
import type { AttributeSummary, People, Validation } from './report-data.js';

const useTexts = texts({
  en: {
    mix: 'Mix of grades',
    mixLead: (share: string) =>
      `Shares of the graded images. ${share} of the images would have to change their grade for both mixes to be one. Precision, accuracy and QWK move with the mix even where the model does not.`,
    mixCaption:
      'Images by expert grade; bold where the 95 % interval of the difference leaves out 0',
    mixHead: ['Grade', 'External', 'Internal test', 'Difference of the shares'],
    noMix: 'The run has no graded test split to compare with.',
    people: 'Who the subjects are',
    peopleLead:
      'Counts of subjects; one whose images have several values (two eyes, say) counts in each. The figures speak for subjects like these. Columns with one value for nearly each subject, such as names, are not shown.',
    peopleCaption: 'Subjects by attribute',
    attribute: 'Attribute',
    external: 'External',
    internal: 'Internal test',
    subjects: 'subjects (images)',
    noAttributes: 'The files have no further columns, so nothing is known of the subjects.',
    unknown: (n: number) => `unknown ${count(n)}`,
    numbers: (median: string, quartiles: string, range: string) =>
      `median ${median}, middle half ${quartiles}, all ${range}`,
    seen: 'Is it external?',
    clean: (n: number) =>
      `No external image is one of the ${count(n)} images of the run, by near-duplicate search.`,
    found: (n: number) =>
      `${count(n)} external images are pictures of the run (near-duplicates). The figures are too good for it.`,
    leftOut: (n: number) => `${count(n)} images of subjects that the run has seen were left out.`,
    partly: (n: number, of: number) =>
      `Only ${count(n)} of the run's ${count(of)} images could still be read, so the others were not compared.`,
    names: (n: number, list: string) =>
      `${count(n)} subjects bear a name that the run's data also have (${list}). In another file that may be chance; make sure that they are other people.`,
    same: (n: number) => `${count(n)} subjects are in the run's own data file.`,
    seenCaption: 'Pictures in common',
    seenHead: ['External image', 'Image of the run', 'Its split'],
  },
  ja: {
    mix: 'グレードの構成比',
    mixLead: (share) =>
      `グレード付き画像に占める割合です。両者の構成を一致させるには ${share} の画像のグレードが変わる必要があります。適合率・正解率・QWK は、モデルが同じでも構成比によって変わります。`,
    mixCaption: '専門医グレード別の画像数（差の 95% 信頼区間が 0 を含まない場合は太字）',
    mixHead: ['グレード', '外部', '内部テスト', '割合の差'],
    noMix: '比較できるグレード付きのテスト分割がありません。',
    people: '対象者の内訳',
    peopleLead:
      '対象者数です（左右眼など複数の値をもつ対象者は、それぞれに数えます）。本結果が当てはまるのはこのような対象者に対してです。氏名など、ほぼ対象者ごとに異なる列は表示しません。',
    peopleCaption: '属性別の対象者数',
    attribute: '属性',
    external: '外部',
    internal: '内部テスト',
    subjects: '対象者数（画像数）',
    noAttributes: 'ファイルに追加の列がないため、対象者の属性は分かりません。',
    unknown: (n) => `不明 ${count(n)}`,
    numbers: (median, quartiles, range) =>
      `中央値 ${median}、四分位範囲 ${quartiles}、範囲 ${range}`,
    seen: '外部データであることの確認',
    clean: (n) => `近似重複検索の結果、学習側の画像 ${count(n)} 枚と一致する外部画像はありません。`,
    found: (n) =>
      `外部画像 ${count(n)} 枚が学習側の画像と一致（近似重複）しています。そのため成績は過大です。`,
    leftOut: (n) => `学習側で使われた対象者の画像 ${count(n)} 枚を除外しました。`,
    partly: (n, of) =>
      `学習側の画像 ${count(of)} 枚のうち、読み込めた ${count(n)} 枚のみと比較しました。`,
    names: (n, list) =>
      `対象者 ${count(n)} 名の ID が学習側のデータにもあります（${list}）。別ファイルのため偶然の一致の可能性がありますが、別人であることをご確認ください。`,
    same: (n) => `対象者 ${count(n)} 名が学習に用いたデータファイルに含まれています。`,
    seenCaption: '共通する画像',
    seenHead: ['外部画像', '学習側の画像', '分割'],
  },
});

export function GradeMixSection({ validation: { gradeMix } }: { validation: Validation }): VNode {
  const t = useTexts();
  if (gradeMix === null) {
    return (
      <Section id="mix" title={t.mix}>
        <p>{t.noMix}</p>
      </Section>
    );
  }
  const percent = (share: number) => `${decimal(100 * share, 0)} %`;
  const total = (side: 'external' | 'internal') =>
    gradeMix.rows.reduce((sum, row) => sum + row[side], 0);
  const cell = (n: number, of: number) => (
    <>
      {percent(n / of)} <small>{count(n)}</small>
    </>
  );
  return (
    <Section id="mix" title={t.mix} lead={t.mixLead(percent(gradeMix.totalVariation))}>
      <Table
        caption={t.mixCaption}
        head={t.mixHead}
        rows={gradeMix.rows.map(({ grade, external, internal, difference }) => [
          grade,
          cell(external, total('external')),
          cell(internal, total('internal')),
          <Difference {...difference} />,
        ])}
      />
    </Section>
  );
}

export function PeopleSection({ validation }: { validation: Validation }): VNode {
  const t = useTexts();
  const { external, internal } = validation.people;
  const names = [
    ...new Set([external, internal].flatMap((p) => p?.attributes ?? []).map((a) => a.name)),
  ];
  const size = (people: People) => `${count(people.subjects)} (${count(people.images)})`;
  return (
    <Section id="people" title={t.people} lead={names.length > 0 ? t.peopleLead : t.noAttributes}>
      <Table
        caption={t.peopleCaption}
        words={3}
        head={[t.attribute, t.external, ...(internal ? [t.internal] : [])]}
        rows={[
          [t.subjects, size(external), ...(internal ? [size(internal)] : [])],
          ...names.map((name) => [
            name,
            <Attribute of={external.attributes.find((a) => a.name === name)} />,
            ...(internal
              ? [<Attribute of={internal.attributes.find((a) => a.name === name)} />]
              : []),
          ]),
        ]}
      />
    </Section>
  );
}

function Attribute({ of }: { of: AttributeSummary | undefined }): VNode {
  const t = useTexts();
  const language = useLanguage();
  if (of === undefined) return <>–</>;
  const parts =
    of.kind === 'numbers'
      ? [t.numbers(String(of.median), of.quartiles.join('–'), of.range.join('–'))]
      : of.values.map(({ value, subjects }) => `${value} ${count(subjects)}`);
  return <>{listed([...parts, ...(of.unknown > 0 ? [t.unknown(of.unknown)] : [])], language)}</>;
}

/** Names shown; more are counted. */
const NAMED = 5;
const PICTURES = 20;

export function SeenSection({ validation: { shared } }: { validation: Validation }): VNode {
  const t = useTexts();
  const language = useLanguage();
  const { compared, ofRun, pictures, names, sameFile, leftOut } = shared;
  const leaking = (pictures.length > 0 || (sameFile && names.length > 0)) && leftOut === 0;
  const list = listed([...names.slice(0, NAMED), ...(names.length > NAMED ? ['…'] : [])], language);
  const lines = [
    pictures.length === 0
      ? compared > 0 && t.clean(compared)
      : leftOut === 0 && t.found(pictures.length),
    leftOut > 0 && t.leftOut(leftOut),
    names.length > 0 &&
      (sameFile ? leftOut === 0 && t.same(names.length) : t.names(names.length, list)),
    compared < ofRun && t.partly(compared, ofRun),
  ].filter((line) => line !== false);
  const doubtful = leaking || compared < ofRun;
  return (
    <Section id="seen" title={t.seen}>
      <p class={doubtful ? 'check warning' : 'check'} role={leaking ? 'alert' : undefined}>
        {`${leaking ? '✗' : doubtful ? '!' : '✓'} ${lines.join(' ')}`}
      </p>
      {pictures.length > 0 && (
        <Table
          caption={t.seenCaption}
          words={3}
          head={t.seenHead}
          rows={pictures.slice(0, PICTURES).map(({ image, of, split }) => [image, of, split])}
        />
      )}
    </Section>
  );
}
