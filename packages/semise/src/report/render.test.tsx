import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { assess } from '../evaluation/assess.js';
import type { Split } from '../evaluation/prediction.js';
import { fitUncertainty } from '../evaluation/uncertainty.js';
import { halfWidth } from '../testing/japanese-page.js';
import { PIXEL, sampleRun } from '../testing/sample-report.js';
import { renderReport } from './render.js';
import { type ReportData, type RunReport, subjectsPerSplit } from './report-data.js';

const HOSTILE = `"><script>alert('x')</script><img src=https://evil.example/a.png onerror=alert(1)>`;
const one = (change: Partial<RunReport> = {}): ReportData => ({
  title: 'Severity of fundus images',
  created: '2025-06-01T12:00:00Z',
  runs: [{ ...sampleRun('SEMISE', 0.6), ...change }],
});
const two: ReportData = {
  ...one(),
  title: 'Demo: SEMISE beside supervised training',
  runs: [sampleRun('SEMISE', 0.6), sampleRun('supervised', 1.1)],
  limits: ['The phantom is drawn, not photographed.'],
};

const text = (html: string) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

test('one run: every section is there, with the figures of its metrics', () => {
  const data = one();
  const html = renderReport(data);
  if (process.env.SEMISE_REPORT) writeFileSync(`${process.env.SEMISE_REPORT}-one.html`, html);
  for (const id of [
    'results',
    'score',
    'confusion',
    'examples',
    'embedding',
    'training',
    'metrics',
    'data',
    'limits',
    'repeat',
    'configuration',
  ]) {
    assert.equal(html.split(`<section id="${id}"`).length, 2, id);
    assert.ok(html.includes(`href="#${id}"`), `${id} in the contents`);
  }
  const { qwk, confusion, n, subjects } = data.runs[0].metrics.test!;
  const words = text(html);
  assert.ok(words.includes(qwk.value!.toFixed(3)));
  assert.ok(words.includes(`${qwk.ci95![0].toFixed(3)} to ${qwk.ci95![1].toFixed(3)}`));
  assert.ok(words.includes(`On ${n} graded images of ${subjects} subjects in the test split`));
  assert.match(words, /150 train, 30 validation, 100 test; in more than one split: 0\./);
  assert.match(words, /Not a medical device/);
  assert.match(words, /semise train --data demo\/cohort\/labels\.csv --seed 1/);
  assert.match(words, /settings\.sampling balanced/);
  assert.match(words, /images\/broken\.jpg : truncated JPEG/);
  const matrix = html.slice(html.indexOf('class="matrix"'));
  const cells = [...matrix.slice(0, matrix.indexOf('</table>')).matchAll(/<td[^>]*>(\d+)</g)];
  assert.deepEqual(
    cells.map(([, cell]) => Number(cell)),
    confusion.flat(),
  );
  assert.equal(html.split('<svg').length - 1, 4); // losses, validation, score, embedding
});

test('calibration and uncertainty: what was fitted, and what came of it on test, in both languages', () => {
  const run = sampleRun('SEMISE', 0.6);
  const of = (split: Split) => run.predictions.filter((p) => p.split === split);
  const told = (options: { maxError?: number; coverage?: number }) => {
    const fitted = fitUncertainty(of('validation'), { grades: 4, seed: 1, ...options });
    return { fitted, test: assess(fitted, of('test'), { seed: 1, draws: 100 }) };
  };
  const uncertainty = told({ maxError: 0.5 });
  const data = one({ uncertainty });
  const html = renderReport(data);
  if (process.env.SEMISE_REPORT) writeFileSync(`${process.env.SEMISE_REPORT}-told.html`, html);
  assert.doesNotMatch(html, /NaN|undefined|Infinity|\[object/);
  for (const id of ['calibration', 'uncertainty']) {
    assert.equal(html.split(`<section id="${id}"`).length, 2, id);
    assert.ok(html.includes(`href="#${id}"`));
  }
  assert.equal(html.split('<svg').length - 1, 6);
  const words = text(html);
  const { probabilities, sets, referral, riskCoverage } = uncertainty.test!;
  for (const figure of [
    probabilities.raw.eceDebiased.value!.toFixed(3),
    probabilities.calibrated.brier.value!.toFixed(3),
    `${Number((100 * sets.all!.coverage.value!).toFixed(1))} %`,
    `${Number((100 * referral.errorKept.value!).toFixed(1))} %`,
    riskCoverage.area.toFixed(3),
  ]) {
    assert.ok(words.includes(figure), figure);
  }
  assert.match(words, /hold for subjects like those of the validation split/);
  assert.doesNotMatch(words, /not checked for calibration/);
  assert.match(text(renderReport(one())), /not checked for calibration/);

  const japanese = text(renderReport(data, 'ja'));
  if (process.env.SEMISE_REPORT)
    writeFileSync(`${process.env.SEMISE_REPORT}-told-ja.html`, renderReport(data, 'ja'));
  assert.deepEqual(halfWidth(renderReport(data, 'ja')), []);
  const part = japanese.slice(japanese.indexOf('確率の較正（キャリ'), japanese.indexOf('画像例 '));
  for (const english of ['calibrated', 'Coverage', 'worse than', 'Working point', 'no interval']) {
    assert.ok(!part.includes(english), english);
  }

  // A run of an older version does not know what decided.
  const { trials, ...older } = uncertainty.fitted.probabilities;
  const fitted = { ...uncertainty.fitted, probabilities: older };
  const before = text(renderReport(one({ uncertainty: { ...uncertainty, fitted } })));
  assert.match(words, /only where its gain is above one standard error/);
  assert.doesNotMatch(before, /only where its gain/);

  // Where all are kept, no threshold of 0 is told.
  const all = one({ uncertainty: told({ maxError: 0.9 }) });
  assert.equal(all.runs[0].uncertainty!.fitted.referral.threshold, 0);
  assert.match(text(renderReport(all)), /every answer is kept, and no image goes to a human/);
  assert.match(text(renderReport(all, 'ja')), /すべての回答を採用し、専門医への回付はありません/);

  // Too few subjects to promise anything: said, not hidden.
  const words99 = text(
    renderReport(one({ uncertainty: told({ coverage: 0.99, maxError: 0.05 }) })),
  );
  assert.match(
    words99,
    /No sets for all images together: 99 % takes at least 99 validation subjects/,
  );
  assert.match(words99, /it takes at least 80 validation subjects, and there are 30/);
});

test('two runs stand side by side, with the paired difference of the first to the other', () => {
  const html = renderReport(two);
  if (process.env.SEMISE_REPORT) writeFileSync(`${process.env.SEMISE_REPORT}-two.html`, html);
  const words = text(html);
  const [a, b] = two.runs.map((run) => run.metrics.test!.qwk.value!);
  assert.match(words, /SEMISE minus each other run/);
  assert.ok(words.includes(`+${(a - b).toFixed(3)}`));
  assert.match(words, /The phantom is drawn/);
  assert.equal(html.split('<svg').length - 1, 9); // four a run, and the intervals

  const [first, second] = two.runs;
  const fewer = { ...second, predictions: second.predictions.slice(1) };
  assert.match(
    text(renderReport({ ...two, runs: [first, fewer] })),
    /minus supervised other images/,
  );
});

test('nothing is fetched and nothing is run', () => {
  for (const html of [renderReport(one()), renderReport(two)]) {
    assert.doesNotMatch(html, /https?:|\/\/[a-z]/i);
    assert.doesNotMatch(html, /<(script|link|iframe|object|embed|base)\b/i);
    assert.doesNotMatch(html, / on[a-z]+=/i);
    for (const [, source] of html.matchAll(/(?:src|href)="([^"]*)"/g)) {
      assert.match(source, /^(#[a-z0-9-]+|data:image\/png;base64,.*)$/);
    }
    assert.doesNotMatch(html, /NaN|undefined|Infinity|\[object/);
  }
});

test('hostile names, reasons, configurations and thumbnails stay text', () => {
  const run = sampleRun(HOSTILE, 0.8);
  const html = renderReport({
    title: HOSTILE,
    created: HOSTILE,
    limits: [HOSTILE],
    runs: [
      {
        ...run,
        method: HOSTILE,
        command: HOSTILE,
        config: { [HOSTILE]: HOSTILE },
        data: { ...run.data, file: HOSTILE, skipped: [{ image: HOSTILE, reason: HOSTILE }] },
        history: run.history.map((h) => ({
          ...h,
          phase: h.phase + HOSTILE,
          losses: { [HOSTILE]: 1 },
        })),
        examples: [
          { image: HOSTILE, grade: 0, predicted: 1, score: 1, thumbnail: PIXEL },
          { image: 'b', grade: 0, predicted: 1, score: 1, thumbnail: 'https://evil.example/x.png' },
          { image: 'c', grade: 0, predicted: 1, score: 1, thumbnail: `data:image/svg+xml,<svg>` },
        ],
      },
      { ...sampleRun('b', 1), name: HOSTILE },
    ],
  });
  assert.doesNotMatch(html, /<script/i);
  assert.doesNotMatch(html, /<img src=h/i);
  assert.doesNotMatch(html, /svg\+xml|evil\.example\/x/);
  assert.ok(html.includes('&lt;script>'));
  // As a browser reads them: no tag and no attribute that a harmless report has not.
  const harmless = markup(renderReport(two));
  for (const seen of markup(html)) assert.ok(harmless.has(seen), seen);
});

/** `tag` and `tag@attribute` of everything that a browser would take for markup. */
function markup(html: string): Set<string> {
  const seen = new Set<string>();
  for (const [, tag, attributes] of html.matchAll(/<([a-z!][^\s>/]*)((?:"[^"]*"|[^">])*)>/gi)) {
    seen.add(tag);
    for (const [, name] of attributes.matchAll(/([^\s"=/]+)(?:="[^"]*")?/g)) {
      seen.add(`${tag}@${name}`);
    }
  }
  return seen;
}

test('the same data give the same file, also after other reports', () => {
  const first = renderReport(two);
  renderReport(one());
  assert.equal(renderReport(two), first);
});

test('a run without test, history, embedding or examples still has its report', () => {
  const bare = one({
    metrics: {},
    predictions: [],
    history: [],
    validation: [],
    embedding: [],
    examples: [],
  });
  const words = text(renderReport(bare));
  assert.match(words, /Nothing was evaluated/);
  assert.match(words, /No losses were kept/);
  const { validation } = sampleRun('SEMISE', 0.6).metrics;
  assert.match(text(renderReport(one({ metrics: { validation } }))), /in the validation split/);
});

test('leakage is shouted', () => {
  const subjects = subjectsPerSplit([
    { subject: 'a', split: 'train' },
    { subject: 'a', split: 'test' },
    { subject: 'b', split: 'test' },
  ]);
  assert.deepEqual(subjects, { train: 1, validation: 0, test: 2, inMoreThanOne: 1 });
  const run = sampleRun('SEMISE', 0.6);
  const html = renderReport(one({ data: { ...run.data, subjects } }));
  assert.match(html, /role="alert"/);
  assert.match(text(html), /Leakage\..*in more than one split: 1\./);
  assert.doesNotMatch(renderReport(one()), /role="alert"/);
});
