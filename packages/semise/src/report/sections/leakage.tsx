// What a reviewer looks for first: no subject and no picture is in two splits, with the counts.

import type { VNode } from 'preact';
import { count, counted } from '../format.js';
import { texts } from '../language.js';
import { Table } from '../layout.js';
import type { DataSummary, DuplicateCheck, SubjectsPerSplit } from '../report-data.js';

type Checked = Extract<DuplicateCheck, { checked: true }>;

const useTexts = texts({
  en: {
    clean: '✓ Split by subject.',
    leaking: '✗ Leakage.',
    subjects: ({ train, validation, test, inMoreThanOne }: SubjectsPerSplit) =>
      `Subjects: ${count(train)} train, ${count(validation)} validation, ${count(test)} test; in more than one split: ${count(inMoreThanOne)}.`,
    cure: 'The figures below are too good: split again by subject, then train anew.',
    alike: ({ pictures, left }: Checked) =>
      left === 0
        ? `${counted(pictures, 'picture')} compared: none stands in two splits, not even resized, recompressed, mirrored or brightened.`
        : `${counted(pictures, 'picture')} compared: ${count(left)} stand in more than one split.`,
    skipped:
      'The search for the same picture in two splits was skipped (--allow-leakage): the figures below may be too good.',
    unrecorded: 'Whether the same picture stands in two splits was not recorded.',
    caption: 'Leakage proof',
    head: ['What was checked', 'Found'],
    perSplit: 'subjects in training / validation / test',
    inMoreThanOne: 'subjects in more than one split',
    search: 'search for the same picture in two splits',
    made: 'made before training, on every picture that could be read',
    notMade: 'skipped at the wish of the user (--allow-leakage)',
    notKnown: 'not recorded',
    pictures: 'pictures compared',
    groups: 'groups of pictures that are alike',
    groupsOf: (groups: number, pictures: number) =>
      groups === 0 ? '0' : `${count(groups)} (${count(pictures)} pictures)`,
    across: 'of these in more than one split at first',
    moved: 'pictures moved to mend this',
    left: 'groups in more than one split now',
  },
  ja: {
    clean: '✓ 対象者単位で分割済み。',
    leaking: '✗ データリーケージがあります。',
    subjects: ({ train, validation, test, inMoreThanOne }) =>
      `対象者：学習 ${count(train)} 名、検証 ${count(validation)} 名、テスト ${count(test)} 名。複数の分割に含まれる対象者：${count(inMoreThanOne)} 名。`,
    cure: '以下の成績は過大評価です。対象者単位で分割し直し、再学習してください。',
    alike: ({ pictures, left }) =>
      left === 0
        ? `画像 ${count(pictures)} 枚を照合し、複数の分割に含まれる同一画像はありませんでした（拡大縮小、再圧縮、反転、明るさの変更を含む）。`
        : `画像 ${count(pictures)} 枚を照合し、${count(left)} 組の同一画像が複数の分割に含まれています。`,
    skipped:
      '分割間の同一画像の照合は省略されました（--allow-leakage）。以下の成績は過大評価の可能性があります。',
    unrecorded: '分割間の同一画像の照合結果は記録されていません。',
    caption: 'データリーケージの確認',
    head: ['確認項目', '結果'],
    perSplit: '対象者数（学習／検証／テスト）',
    inMoreThanOne: '複数の分割に含まれる対象者',
    search: '分割間の同一画像の照合',
    made: '学習前に、読み込めた全画像で実施',
    notMade: '利用者の指定により省略（--allow-leakage）',
    notKnown: '記録なし',
    pictures: '照合した画像数',
    groups: '同一またはほぼ同一の画像の組',
    groupsOf: (groups, pictures) =>
      groups === 0 ? '0' : `${count(groups)} 組（${count(pictures)} 枚）`,
    across: 'うち、当初複数の分割に含まれていた組',
    moved: '解消のために移動した画像数',
    left: '現在複数の分割に含まれる組',
  },
});

/** In two sentences. */
export function Leakage({ subjects, duplicates }: DataSummary): VNode {
  const t = useTexts();
  const clean = subjects.inMoreThanOne === 0;
  const warned = !clean || (duplicates && (!duplicates.checked || duplicates.left > 0));
  return (
    <p class={warned ? 'check warning' : 'check'} role={warned ? 'alert' : undefined}>
      <strong>{clean ? t.clean : t.leaking}</strong> {t.subjects(subjects)} {!clean && t.cure}{' '}
      {!duplicates && t.unrecorded}
      {duplicates && (duplicates.checked ? t.alike(duplicates) : t.skipped)}
    </p>
  );
}

/** With every count. */
export function LeakageProof({ subjects, duplicates }: DataSummary): VNode {
  const t = useTexts();
  const rows = [
    [t.perSplit, [subjects.train, subjects.validation, subjects.test].map(count).join(' / ')],
    [t.inMoreThanOne, count(subjects.inMoreThanOne)],
    ...duplicateRows(t, duplicates),
  ];
  return <Table caption={t.caption} head={t.head} words={2} rows={rows} />;
}

/** The search for the same picture, for reports that count subjects elsewhere. */
export function DuplicateProof({ duplicates }: { duplicates: DuplicateCheck | undefined }): VNode {
  const t = useTexts();
  const rows = duplicateRows(t, duplicates);
  return <Table caption={t.caption} head={t.head} words={2} rows={rows} />;
}

function duplicateRows(
  t: ReturnType<typeof useTexts>,
  duplicates: DuplicateCheck | undefined,
): [string, string][] {
  if (!duplicates?.checked) return [[t.search, duplicates ? t.notMade : t.notKnown]];
  const { pictures, groups, alike, acrossSplits, moved, left } = duplicates;
  return [
    [t.search, t.made],
    [t.pictures, count(pictures)],
    [t.groups, t.groupsOf(groups, alike)],
    [t.across, count(acrossSplits)],
    [t.moved, count(moved)],
    [t.left, count(left)],
  ];
}
