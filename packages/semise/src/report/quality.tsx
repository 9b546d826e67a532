// The quality report of an import: one HTML file, as the report of a run.

import type { VNode } from 'preact';
import type { Counted, DuplicateGroup, Quality } from '../data/import/quality.js';
import { Document, documentText } from './document.js';
import { count, counted, listed } from './format.js';
import { type Language, texts, useLanguage } from './language.js';
import { Section, Table } from './layout.js';
import { useSplitNames } from './split-names.js';

/** Lines of a list that are shown; quality.json has all. */
const SHOWN = 50;

/**
 * @param language of its texts; English unless told
 * @returns one self-contained HTML document: no script, nothing fetched, every text escaped
 */
export function renderQuality(quality: Quality, language: Language = 'en'): string {
  return documentText(
    <Document title={useTexts.in(language).title(quality.source)} language={language}>
      <Page {...quality} />
    </Document>,
  );
}

interface Amounts {
  images: number;
  subjects: number;
  graded: number;
}

const useTexts = texts({
  en: {
    title: (source: string) => (source ? `Quality of ${source}` : 'Quality of the imported images'),
    found: ({ images, subjects, graded }: Amounts) =>
      `${counted(images, 'image')} of ${counted(subjects, 'subject')}, ${count(graded)} graded. `,
    used: ({ images, subjects, graded }: Amounts) =>
      `In labels.csv: ${counted(images, 'image')} of ${counted(subjects, 'subject')}, ${count(graded)} graded.`,
    clean: 'No picture stands in more than one split.',
    leaking: (pictures: number) =>
      `${counted(pictures, 'picture')} in more than one split: a test on these measures memory.`,
    moved: (pictures: number, images: number) =>
      `${counted(pictures, 'picture')} stood in more than one split; ${counted(images, 'image')} moved, so that none does.`,
    notes: 'Notes',
    counts: 'What there is',
    byGrade: 'By grade',
    bySplit: 'By split',
    bySite: 'By site',
    ungraded: 'ungraded',
    notSaid: 'not said',
    images: 'Images',
    subjects: 'Subjects',
    formats: 'Sizes and depths',
    mostFrequent: (shown: number, all: number) => `, the ${shown} most frequent of ${all}`,
    formatHead: ['Pixels', 'Channels', 'Bits', 'Images'],
    unreadable: 'Not read',
    unreadableLead: (unread: number, others: number) =>
      `${counted(unread, 'file')} could not be read and were left out; ${counted(others, 'file')} of other kinds were passed over.`,
    unreadableFiles: 'Files that could not be read',
    unreadableHead: ['File', 'Reason'],
    look: 'Worth a look',
    blank: 'Blank, left out',
    saturated: 'Saturated: more than 30 % at the highest value',
    blurred: 'Far less sharp than the rest',
    duplicates: 'The same picture twice',
    duplicatesLead:
      'Near-duplicates differ in size, compression or brightness, or are views of one lesion that hardly differ. Agreement is that of the fine detail, 1 at most.',
    acrossSplits: 'In more than one split',
    conflicts: 'Equal, with different grades',
    exact: 'Equal',
    near: 'Nearly equal',
    movedImages: 'Moved to another split',
    footer: 'semise, Apache-2.0. All lists in full: quality.json.',
    listed: (what: string, all: number, shown: number) =>
      `${what}: ${count(all)}${all > shown ? `, the first ${shown} of them` : ''}`,
    none: (what: string) => `${what}: none`,
    groups: 'Groups of pictures',
    groupHead: ['Images', 'Splits', 'Grades', 'Subjects', 'Agreement'],
    more: (n: number) => `, and ${n} more`,
    noSplit: 'none',
  },
  ja: {
    title: (source) => (source ? `データ品質レポート：${source}` : '取り込んだ画像の品質レポート'),
    found: ({ images, subjects, graded }) =>
      `画像 ${count(images)} 枚、対象者 ${count(subjects)} 名、うちグレード付き ${count(graded)} 枚。`,
    used: ({ images, subjects, graded }) =>
      `labels.csv に収録：画像 ${count(images)} 枚、対象者 ${count(subjects)} 名、うちグレード付き ${count(graded)} 枚。`,
    clean: '複数の分割に含まれる画像はありません。',
    leaking: (pictures) =>
      `${count(pictures)} 組の画像が複数の分割に含まれています。これらでのテストは記憶を測るだけになります。`,
    moved: (pictures, images) =>
      `${count(pictures)} 組の画像が複数の分割に含まれていたため、${count(images)} 枚を移動して解消しました。`,
    notes: '注記',
    counts: 'データの内訳',
    byGrade: 'グレード別',
    bySplit: '分割別',
    bySite: '施設別',
    ungraded: 'グレードなし',
    notSaid: '記載なし',
    images: '画像数',
    subjects: '対象者数',
    formats: '画像サイズとビット深度',
    mostFrequent: (shown, all) => `（${all} 種類のうち多い順に ${shown} 種類）`,
    formatHead: ['画素数', 'チャンネル', 'ビット', '画像数'],
    unreadable: '読み込めなかったファイル',
    unreadableLead: (unread, others) =>
      `読み込めずに除外したファイル：${count(unread)} 件。対象外の種類のため無視したファイル：${count(others)} 件。`,
    unreadableFiles: '読み込めなかったファイル',
    unreadableHead: ['ファイル', '理由'],
    look: '確認が望ましい画像',
    blank: '空白（除外）',
    saturated: '白飛び（30% を超える画素が最大値）',
    blurred: '他の画像より著しく不鮮明',
    duplicates: '同一画像の重複',
    duplicatesLead:
      'ほぼ同一の画像とは、サイズ、圧縮、明るさだけが異なる画像や、同じ病変をほとんど同じ構図で撮影した画像です。一致度は細部の一致の度合いで、最大値は 1 です。',
    acrossSplits: '複数の分割に含まれる画像',
    conflicts: '同一でグレードが異なる画像',
    exact: '同一の画像',
    near: 'ほぼ同一の画像',
    movedImages: '別の分割に移動した画像',
    footer: 'semise, Apache-2.0。全件の一覧は quality.json にあります。',
    listed: (what, all, shown) =>
      `${what}：${count(all)} 件${all > shown ? `（先頭 ${shown} 件を表示）` : ''}`,
    none: (what) => `${what}：なし`,
    groups: '画像の組',
    groupHead: ['画像', '分割', 'グレード', '対象者数', '一致度'],
    more: (n) => `、他 ${n} 枚`,
    noSplit: 'なし',
  },
});

function Page(quality: Quality): VNode {
  const t = useTexts();
  const { source, used, notes, leaking, moved } = quality;
  const stands = leaking.length > 0 && moved.length === 0;
  return (
    <>
      <header>
        <h1>{t.title(source)}</h1>
        <p>
          {t.found(quality)}
          {t.used(used)}
        </p>
      </header>
      <p class={stands ? 'check warning' : 'check'}>
        {leaking.length === 0 && t.clean}
        {stands && t.leaking(leaking.length)}
        {leaking.length > 0 && !stands && t.moved(leaking.length, moved.length)}
      </p>
      {notes.length > 0 && (
        <Section id="notes" title={t.notes}>
          <ul class="limits">
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </Section>
      )}
      <Section id="counts" title={t.counts}>
        <Counts title={t.byGrade} of={quality.byGrade} none={t.ungraded} />
        <Counts title={t.bySplit} of={quality.bySplit} none={t.notSaid} />
        <Counts title={t.bySite} of={quality.bySite} none={t.notSaid} />
        <Table
          caption={
            t.formats +
            (quality.formats.length > SHOWN ? t.mostFrequent(SHOWN, quality.formats.length) : '')
          }
          head={t.formatHead}
          rows={quality.formats
            .slice(0, SHOWN)
            .map((f) => [`${f.width} × ${f.height}`, f.channels, f.bits, count(f.images)])}
        />
      </Section>
      <Section
        id="unreadable"
        title={t.unreadable}
        lead={t.unreadableLead(quality.unreadable.length, quality.otherFiles)}
      >
        {quality.unreadable.length > 0 && (
          <Table
            caption={t.listed(t.unreadableFiles, quality.unreadable.length, SHOWN)}
            head={t.unreadableHead}
            rows={quality.unreadable.slice(0, SHOWN).map(({ path, reason }) => [path, reason])}
            words={2}
          />
        )}
      </Section>
      <Section id="look" title={t.look}>
        <Names title={t.blank} of={quality.blank} />
        <Names title={t.saturated} of={quality.saturated} />
        <Names title={t.blurred} of={quality.blurred} />
      </Section>
      <Section id="duplicates" title={t.duplicates} lead={t.duplicatesLead}>
        <Groups title={t.acrossSplits} of={leaking} />
        <Groups title={t.conflicts} of={quality.conflicts} />
        <Groups title={t.exact} of={quality.exactDuplicates} />
        <Groups title={t.near} of={quality.nearDuplicates} />
        <Names title={t.movedImages} of={moved} />
      </Section>
      <footer>{t.footer}</footer>
    </>
  );
}

function Counts({ title, of, none }: { title: string; of: readonly Counted[]; none: string }) {
  const t = useTexts();
  if (of.length === 0 || (of.length === 1 && of[0].name === '')) return null;
  return (
    <Table
      caption={title}
      head={[title, t.images, t.subjects]}
      rows={of.map((c) => [c.name || none, count(c.images), count(c.subjects)])}
    />
  );
}

function Names({ title, of }: { title: string; of: readonly string[] }) {
  const t = useTexts();
  return (
    <>
      <h3>{t.listed(title, of.length, SHOWN)}</h3>
      {of.length > 0 && <p class="skipped">{of.slice(0, SHOWN).join(', ')}</p>}
    </>
  );
}

function Groups({ title, of }: { title: string; of: readonly DuplicateGroup[] }) {
  const t = useTexts();
  const language = useLanguage();
  const splits: Record<string, string> = useSplitNames();
  if (of.length === 0) return <h3>{t.none(title)}</h3>;
  return (
    <>
      <h3>{t.listed(title, of.length, SHOWN)}</h3>
      <Table
        caption={t.groups}
        head={t.groupHead}
        words={3}
        rows={of.slice(0, SHOWN).map((g) => [
          g.images.slice(0, 8).join(', ') +
            (g.images.length > 8 ? t.more(g.images.length - 8) : ''),
          listed(
            g.splits.map((split) => (split ? splits[split] : t.noSplit)),
            language,
          ),
          g.grades.join(', '),
          g.subjects,
          g.agreement.toFixed(2),
        ])}
      />
    </>
  );
}
