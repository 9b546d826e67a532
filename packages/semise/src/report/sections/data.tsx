// What the model learned from: images by split and grade, and those left out.

import type { VNode } from 'preact';
import type { Split } from '../../evaluation/prediction.js';
import { count, counted } from '../format.js';
import { texts } from '../language.js';
import { Section, Table } from '../layout.js';
import type { DataSummary, RunReport } from '../report-data.js';
import { LeakageProof } from './leakage.js';

const SPLITS: Split[] = ['train', 'validation', 'test'];
/** Left-out images named in the report; more are counted. */
const NAMED = 20;

const useTexts = texts({
  en: {
    title: 'Data',
    lead: 'Images (subjects) by split and grade. “Graded” counts the training images whose grade the model was shown; the other grades were kept from it.',
    file: 'File',
    fingerprint: 'Fingerprint',
    leftOut: 'Left out',
    images: (n: number) => counted(n, 'image'),
    more: (n: number) => `… and ${count(n)} more`,
    caption: 'Images (subjects)',
    head: ['Grade', 'Train', 'of these graded', 'Validation', 'Test'],
    noGrade: 'no grade',
    healthy: '0 (healthy)',
    all: 'all images',
  },
  ja: {
    title: 'データ',
    lead: 'データ分割とグレードごとの画像数（括弧内は対象者数）です。「うちグレード使用」は、学習時にモデルへグレードを示した画像の数で、それ以外のグレードは学習に使用していません。',
    file: 'ファイル',
    fingerprint: 'フィンガープリント',
    leftOut: '除外',
    images: (n) => `画像 ${count(n)} 枚`,
    more: (n) => `… 他 ${count(n)} 件`,
    caption: '画像数（対象者数）',
    head: ['グレード', '学習', 'うちグレード使用', '検証', 'テスト'],
    noGrade: 'グレードなし',
    healthy: '0（健常）',
    all: '全画像',
  },
});

export function DataSection({ runs }: { runs: RunReport[] }): VNode {
  const t = useTexts();
  const sets = new Map<string, { names: string[]; data: DataSummary }>();
  for (const { name, data } of runs) {
    const key = JSON.stringify(data);
    sets.set(key, { names: [...(sets.get(key)?.names ?? []), name], data });
  }
  return (
    <Section id="data" title={t.title} lead={t.lead}>
      {[...sets.values()].map(({ names, data }) => (
        <>
          {sets.size > 1 && <h3>{names.join(', ')}</h3>}
          <Counts data={data} />
          <LeakageProof {...data} />
          <dl class="facts">
            <dt>{t.file}</dt>
            <dd>{data.file}</dd>
            <dt>{t.fingerprint}</dt>
            <dd>
              <code>{data.fingerprint}</code>
            </dd>
            <dt>{t.leftOut}</dt>
            <dd>{t.images(data.skipped.length)}</dd>
          </dl>
          {data.skipped.length > 0 && (
            <ul class="skipped">
              {data.skipped.slice(0, NAMED).map(({ image, reason }) => (
                <li>
                  <code>{image}</code>: {reason}
                </li>
              ))}
              {data.skipped.length > NAMED && <li>{t.more(data.skipped.length - NAMED)}</li>}
            </ul>
          )}
        </>
      ))}
    </Section>
  );
}

function Counts({ data: { counts } }: { data: DataSummary }): VNode {
  const t = useTexts();
  const grades = [...new Set(counts.map(({ grade }) => grade))].sort(
    (a, b) => (a ?? Infinity) - (b ?? Infinity),
  );
  const cell = (split: Split, grade: number | null) => {
    const found = counts.find((c) => c.split === split && c.grade === grade);
    return found ? `${count(found.images)} (${count(found.subjects)})` : '0';
  };
  const sum = (split: Split, key: 'images' | 'graded') =>
    counts.filter((c) => c.split === split).reduce((total, c) => total + c[key], 0);
  const shown = (grade: number | null) =>
    counts.find((c) => c.split === 'train' && c.grade === grade)?.graded ?? 0;
  return (
    <Table
      caption={t.caption}
      head={t.head}
      rows={[
        ...grades.map((grade) => [
          grade === null ? t.noGrade : grade === 0 ? t.healthy : grade,
          cell('train', grade),
          count(shown(grade)),
          cell('validation', grade),
          cell('test', grade),
        ]),
        [
          t.all,
          count(sum('train', 'images')),
          count(sum('train', 'graded')),
          ...SPLITS.slice(1).map((split) => count(sum(split, 'images'))),
        ],
      ]}
    />
  );
}
