// One line that a reviewer looks for first: no subject is in two splits.

import type { VNode } from 'preact';
import { count } from '../format.js';
import { texts } from '../language.js';
import type { SubjectsPerSplit } from '../report-data.js';

const useTexts = texts({
  en: {
    clean: '✓ Split by subject.',
    leaking: '✗ Leakage.',
    subjects: ({ train, validation, test, inMoreThanOne }: SubjectsPerSplit) =>
      `Subjects: ${count(train)} train, ${count(validation)} validation, ${count(test)} test; in more than one split: ${count(inMoreThanOne)}.`,
    cure: ' The figures below are too good: split again by subject, then train anew.',
  },
  ja: {
    clean: '✓ 対象者単位で分割済み。',
    leaking: '✗ データリーケージがあります。',
    subjects: ({ train, validation, test, inMoreThanOne }) =>
      `対象者：学習 ${count(train)} 名、検証 ${count(validation)} 名、テスト ${count(test)} 名。複数の分割に含まれる対象者：${count(inMoreThanOne)} 名。`,
    cure: '以下の成績は過大評価です。対象者単位で分割し直し、再学習してください。',
  },
});

export function Leakage({ subjects }: { subjects: SubjectsPerSplit }): VNode {
  const t = useTexts();
  const clean = subjects.inMoreThanOne === 0;
  return (
    <p class={clean ? 'check' : 'check warning'} role={clean ? undefined : 'alert'}>
      <strong>{clean ? t.clean : t.leaking}</strong> {t.subjects(subjects)}
      {!clean && t.cure}
    </p>
  );
}
