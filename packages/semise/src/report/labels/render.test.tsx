// The page of labels: both languages say the same, nothing is fetched, every text is escaped.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agreement } from '../../evaluation/agreement/index.js';
import { checkComparisons, relabelList } from '../../evaluation/label-quality/index.js';
import { halfWidth } from '../../testing/japanese-page.js';
import { type LabelCheck, renderLabels } from './render.js';

const nasty = '<img src=x onerror=alert(1)>.png';

function check(): LabelCheck {
  const ratings = [
    { image: nasty, subject: null, rater: 'ana', grade: 0 },
    { image: nasty, subject: null, rater: 'ben', grade: 3 },
    { image: 'b', subject: null, rater: 'ana', grade: 1 },
    { image: 'b', subject: null, rater: 'ben', grade: 1 },
    { image: 'b', subject: null, rater: 'ben', grade: 2 },
  ];
  const answer = (moreSevere: string, lessSevere: string, line: number) => ({
    ...{ moreSevere, lessSevere, rater: '', weight: 1, tie: false, line },
  });
  const comparisons = checkComparisons(
    [answer(nasty, 'b', 2), answer('b', 'c', 3), answer('c', nasty, 4), answer('b', nasty, 5)],
    (image) => ({ grade: image === 'b' ? 3 : 0, probabilities: [], score: null }),
  );
  const grades = {
    graded: 3,
    judgements: [
      {
        judge: 'model' as const,
        images: 3,
        agree: 1,
        wrong: 1.5,
        joint: [
          [1, 0.5],
          [1, 0.5],
        ],
        suspects: [
          {
            image: 'b',
            grade: 3,
            suspected: 1,
            judge: 'model' as const,
            probability: { grade: 0.1, suspected: 0.8 },
            gain: 1.7,
            nearest: [{ image: 'c', grade: 0 }],
          },
        ],
      },
    ],
  };
  return {
    sources: { run: 'run', data: 'labels.csv', comparisons: 'c.csv', ratings: null },
    agreement: agreement(ratings, { seed: 1, draws: 20 }),
    grades,
    comparisons,
    relabel: relabelList({ grades, comparisons, ratings, gradeOf: () => 0 }),
  };
}

test('both languages: the same structure and figures, no text missing', () => {
  const thumbnails = { b: 'data:image/png;base64,AAAA', c: 'https://elsewhere/c.png' };
  const [en, ja] = (['en', 'ja'] as const).map((language) =>
    renderLabels(check(), thumbnails, '2025-01-01', language),
  );
  assert.deepEqual(halfWidth(ja), []);
  for (const page of [en, ja]) {
    assert.doesNotMatch(page, /undefined|NaN|\[object|<script|<img src=x/);
    assert.doesNotMatch(page, /elsewhere/);
    assert.match(page, /src="data:image\/png;base64,AAAA"/);
    for (const id of ['relabel', 'grades', 'agreement', 'comparisons'])
      assert.match(page, new RegExp(`<section id="${id}"`));
  }
  const tags = (page: string) => page.match(/<\/?[a-z]+/g);
  assert.deepEqual(tags(ja), tags(en));
  assert.match(en, /grade 3, rather 1\?/);
  assert.match(ja, /グレード 3.1 の疑い/);
  const english = ja
    .replace(/<style>.*?<\/style>|<[^>]*>|&[a-z]+;/gs, ' ')
    .match(/\b(the|and|of|is|with|image|grade)\b/gi);
  assert.deepEqual(english, null);
});

test('nothing found is said', () => {
  const page = renderLabels(
    {
      sources: { run: null, data: null, comparisons: 'c.csv', ratings: null },
      agreement: null,
      grades: null,
      comparisons: checkComparisons([]),
      relabel: [],
    },
    {},
    '2025-01-01',
  );
  assert.match(page, /Nothing stands out/);
  assert.doesNotMatch(page, /NaN/);
});
