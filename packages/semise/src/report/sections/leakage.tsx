// One line that a reviewer looks for first: no subject is in two splits.

import type { VNode } from 'preact';
import { count } from '../format.js';
import type { DataSummary } from '../report-data.js';

export function Leakage({ subjects }: { subjects: DataSummary['subjects'] }): VNode {
  const clean = subjects.inMoreThanOne === 0;
  return (
    <p class={clean ? 'check' : 'check warning'} role={clean ? undefined : 'alert'}>
      <strong>{clean ? '✓ Split by subject.' : '✗ Leakage.'}</strong>{' '}
      {`Subjects: ${count(subjects.train)} train, ${count(subjects.validation)} validation, ${count(subjects.test)} test; in more than one split: ${count(subjects.inMoreThanOne)}.`}
      {!clean && ' The figures below are too good: split again by subject, then train anew.'}
    </p>
  );
}
