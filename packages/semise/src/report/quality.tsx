// The quality report of an import: one HTML file, as the report of a run.

import type { VNode } from 'preact';
import type { Counted, DuplicateGroup, Quality } from '../data/import/quality.js';
import { Document, documentText } from './document.js';
import { count, counted } from './format.js';
import { Section, Table } from './layout.js';

/** Lines of a list that are shown; quality.json has all. */
const SHOWN = 50;

/** @returns one self-contained HTML document: no script, nothing fetched, every text escaped */
export function renderQuality(quality: Quality): string {
  return documentText(<Page {...quality} />);
}

function Page(quality: Quality): VNode {
  const { source, images, graded, subjects, used, notes, leaking, moved } = quality;
  const title = source ? `Quality of ${source}` : 'Quality of the imported images';
  const stands = leaking.length > 0 && moved.length === 0;
  return (
    <Document title={title}>
      <header>
        <h1>{title}</h1>
        <p>
          {`${counted(images, 'image')} of ${counted(subjects, 'subject')}, ${count(graded)} graded. `}
          {`In labels.csv: ${counted(used.images, 'image')} of ${counted(used.subjects, 'subject')}, ${count(used.graded)} graded.`}
        </p>
      </header>
      <p class={stands ? 'check warning' : 'check'}>
        {leaking.length === 0 && 'No picture stands in more than one split.'}
        {stands &&
          `${counted(leaking.length, 'picture')} in more than one split: a test on these measures memory.`}
        {leaking.length > 0 &&
          !stands &&
          `${counted(leaking.length, 'picture')} stood in more than one split; ${counted(moved.length, 'image')} moved, so that none does.`}
      </p>
      {notes.length > 0 && (
        <Section id="notes" title="Notes">
          <ul class="limits">
            {notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </Section>
      )}
      <Section id="counts" title="What there is">
        <Counts title="By grade" of={quality.byGrade} none="ungraded" />
        <Counts title="By split" of={quality.bySplit} none="not said" />
        <Counts title="By site" of={quality.bySite} none="not said" />
        <Table
          caption={`Sizes and depths${quality.formats.length > SHOWN ? `, the ${SHOWN} most frequent of ${quality.formats.length}` : ''}`}
          head={['Pixels', 'Channels', 'Bits', 'Images']}
          rows={quality.formats
            .slice(0, SHOWN)
            .map((f) => [`${f.width} × ${f.height}`, f.channels, f.bits, count(f.images)])}
        />
      </Section>
      <Section
        id="unreadable"
        title="Not read"
        lead={`${counted(quality.unreadable.length, 'file')} could not be read and were left out; ${counted(quality.otherFiles, 'file')} of other kinds were passed over.`}
      >
        {quality.unreadable.length > 0 && (
          <Table
            caption={shown('Files that could not be read', quality.unreadable)}
            head={['File', 'Reason']}
            rows={quality.unreadable.slice(0, SHOWN).map(({ path, reason }) => [path, reason])}
            words={2}
          />
        )}
      </Section>
      <Section id="look" title="Worth a look">
        <Names title="Blank, left out" of={quality.blank} />
        <Names title="Saturated: more than 30 % at the highest value" of={quality.saturated} />
        <Names title="Far less sharp than the rest" of={quality.blurred} />
      </Section>
      <Section
        id="duplicates"
        title="The same picture twice"
        lead="Near-duplicates differ in size, compression or brightness, or are views of one lesion that hardly differ. Agreement is that of the fine detail, 1 at most."
      >
        <Groups title="In more than one split" of={leaking} />
        <Groups title="Equal, with different grades" of={quality.conflicts} />
        <Groups title="Equal" of={quality.exactDuplicates} />
        <Groups title="Nearly equal" of={quality.nearDuplicates} />
        <Names title="Moved to another split" of={moved} />
      </Section>
      <footer>semise, Apache-2.0. All lists in full: quality.json.</footer>
    </Document>
  );
}

const shown = (what: string, all: readonly unknown[]): string =>
  `${what}: ${count(all.length)}${all.length > SHOWN ? `, the first ${SHOWN} of them` : ''}`;

function Counts({ title, of, none }: { title: string; of: readonly Counted[]; none: string }) {
  if (of.length === 0 || (of.length === 1 && of[0].name === '')) return null;
  return (
    <Table
      caption={title}
      head={[title, 'Images', 'Subjects']}
      rows={of.map((c) => [c.name || none, count(c.images), count(c.subjects)])}
    />
  );
}

function Names({ title, of }: { title: string; of: readonly string[] }) {
  return (
    <>
      <h3>{shown(title, of)}</h3>
      {of.length > 0 && <p class="skipped">{of.slice(0, SHOWN).join(', ')}</p>}
    </>
  );
}

function Groups({ title, of }: { title: string; of: readonly DuplicateGroup[] }) {
  if (of.length === 0) return <h3>{`${title}: none`}</h3>;
  return (
    <>
      <h3>{shown(title, of)}</h3>
      <Table
        caption="Groups of pictures"
        head={['Images', 'Splits', 'Grades', 'Subjects', 'Agreement']}
        words={3}
        rows={of
          .slice(0, SHOWN)
          .map((g) => [
            g.images.slice(0, 8).join(', ') +
              (g.images.length > 8 ? `, and ${g.images.length - 8} more` : ''),
            g.splits.map((split) => split || 'none').join(', '),
            g.grades.join(', '),
            g.subjects,
            g.agreement.toFixed(2),
          ])}
      />
    </>
  );
}
