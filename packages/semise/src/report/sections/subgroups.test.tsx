import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Prediction } from '../../evaluation/prediction.js';
import { type Attributes, subgroups } from '../../evaluation/subgroups/index.js';
import { random } from '../../random.js';
import { halfWidth } from '../../testing/japanese-page.js';
import { renderBias } from '../bias.js';

const HOSTILE = `"><script>alert(1)</script>`;

/** 200 subjects at two sites, of three clinics, one of them small. @param shift of site B's score */
function report(shift: number) {
  const stream = random(4, 'subgroup page');
  const attributes = new Map<string, Attributes>();
  const predictions = Array.from({ length: 200 }, (_, i): Prediction => {
    const grade = stream.integer(3);
    const site = stream.chance(0.5) ? 'A' : 'B';
    const score = grade + stream.normal(0, 0.5) + (site === 'B' ? shift : 0);
    const weights = [0, 1, 2].map((k) => Math.exp(-((score - k) ** 2)));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const image = `${i}.png`;
    attributes.set(image, { site, [HOSTILE]: i < 8 ? 'small' : i % 2 ? 'north' : 'south' });
    return {
      image,
      subject: image,
      split: 'test',
      grade,
      predicted: Math.min(2, Math.max(0, Math.round(score))),
      score,
      probabilities: weights.map((weight) => weight / total),
    };
  });
  // In training, all that site B saw were sick.
  const learned = predictions.slice(0, 90).map(({ subject, grade }) => ({
    subject,
    grade: grade!,
    attributes: { site: grade! > 0 ? 'B' : 'A' },
  }));
  return subgroups(predictions, attributes, { grades: 3, seed: 1, draws: 60, learned });
}

const page = (shift: number, language: 'en' | 'ja' = 'en') =>
  renderBias(
    {
      run: 'run',
      created: '2026-01-01',
      report: { ...report(shift), data: 'labels.csv', trainedOn: 3 },
    },
    language,
  );
const text = (html: string) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

test('a gap is told first, in words, with its size; the groups that were not judged by name', () => {
  const html = page(1);
  const said = text(html);
  assert.match(said, /✗ \d+ gaps found among \d+ tests\./);
  assert.match(
    said,
    /site [AB] : scores \d\.\d\d standard deviations (higher|lower) at equal grade/,
  );
  assert.match(said, /In the training data site went with the grade\./);
  assert.match(said, /Fewer than 20 subjects, or too few to compare with: .*small \(8 subjects\)/);
  assert.match(said, /3 images left out: the run was trained on them/);
  assert.equal(html.match(/▲/g)!.length >= 2, true);
  assert.match(
    html,
    /role="img" aria-label="Gaps of each group against the rest, 0 = none\. site A: /,
  );
});

test('no gap is no proof, and is said so', () => {
  const said = text(page(0));
  assert.match(said, /✓ No gap found among \d+ tests\. That is no proof that there is none/);
});

test('names from the data are text, and the page fetches nothing', () => {
  for (const language of ['en', 'ja'] as const) {
    const html = page(1, language);
    assert.ok(!html.includes('<script'));
    assert.ok(html.includes('&lt;script>alert(1)'));
    assert.ok(!/(src|href)="http/.test(html));
  }
});

test('in Japanese nothing is left in English but names', () => {
  assert.deepEqual(halfWidth(page(1, 'ja')), []);
  const said = text(page(1, 'ja'));
  assert.match(said, /件のうち \d+ 件で差が検出されました/);
  assert.match(said, /学習データでは site がグレードと関連していました/);
  assert.ok(!/\b(the|found|against|Group|Difference|subjects?)\b/.test(said), said);
});
