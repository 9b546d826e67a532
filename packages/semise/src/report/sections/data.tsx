// What the model learned from: images by split and grade, and those left out.

import type { VNode } from 'preact';
import type { Split } from '../../evaluation/prediction.js';
import { count, counted } from '../format.js';
import { Section, Table } from '../layout.js';
import type { DataSummary, RunReport } from '../report-data.js';
import { Leakage } from './leakage.js';

const SPLITS: Split[] = ['train', 'validation', 'test'];
/** Left-out images named in the report; more are counted. */
const NAMED = 20;

export function DataSection({ runs }: { runs: RunReport[] }): VNode {
  const sets = new Map<string, { names: string[]; data: DataSummary }>();
  for (const { name, data } of runs) {
    const key = JSON.stringify(data);
    sets.set(key, { names: [...(sets.get(key)?.names ?? []), name], data });
  }
  return (
    <Section
      id="data"
      title="Data"
      lead="Images (subjects) by split and grade. “Graded” counts the training images whose grade the model was shown; the other grades were kept from it."
    >
      {[...sets.values()].map(({ names, data }) => (
        <>
          {sets.size > 1 && <h3>{names.join(', ')}</h3>}
          <Leakage subjects={data.subjects} />
          <Counts data={data} />
          <dl class="facts">
            <dt>File</dt>
            <dd>{data.file}</dd>
            <dt>Fingerprint</dt>
            <dd>
              <code>{data.fingerprint}</code>
            </dd>
            <dt>Left out</dt>
            <dd>{counted(data.skipped.length, 'image')}</dd>
          </dl>
          {data.skipped.length > 0 && (
            <ul class="skipped">
              {data.skipped.slice(0, NAMED).map(({ image, reason }) => (
                <li>
                  <code>{image}</code>: {reason}
                </li>
              ))}
              {data.skipped.length > NAMED && <li>… and {data.skipped.length - NAMED} more</li>}
            </ul>
          )}
        </>
      ))}
    </Section>
  );
}

function Counts({ data: { counts } }: { data: DataSummary }): VNode {
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
      caption="Images (subjects)"
      head={['Grade', 'Train', 'of these graded', 'Validation', 'Test']}
      rows={[
        ...grades.map((grade) => [
          grade === null ? 'no grade' : grade === 0 ? '0 (healthy)' : grade,
          cell('train', grade),
          count(shown(grade)),
          cell('validation', grade),
          cell('test', grade),
        ]),
        [
          'all images',
          count(sum('train', 'images')),
          count(sum('train', 'graded')),
          ...SPLITS.slice(1).map((split) => count(sum(split, 'images'))),
        ],
      ]}
    />
  );
}
