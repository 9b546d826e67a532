// The report in Japanese: nothing is left in English but names, and both languages show the same figures.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evaluateSegmentation } from '../evaluation/segmentation/index.js';
import { DEFAULT_SETTINGS, METHOD_NAMES, METHODS, type MethodContext } from '../methods/index.js';
import { halfWidth, textsOf } from '../testing/japanese-page.js';
import { sampleRun } from '../testing/sample-report.js';
import { methodIn } from './method-summaries.js';
import { renderQuality } from './quality.js';
import { renderReport } from './render.js';
import { renderSegmentationReport } from './segmentation/render.js';

/** English: two Latin words in a row that are no name, and no Japanese beside them. */
function inEnglish(text: string, names: readonly string[]): boolean {
  if (/[\u3040-\u30ff\u4e00-\u9fff]/.test(text)) return false;
  const left = names.reduce((rest, name) => rest.replaceAll(name, ''), text);
  return /[A-Za-z]{3,}/.test(left);
}

const NAMES = [
  ...['Macro-F1', 'MAEE', 'QWK', 'AUROC', 'RPS', 'MAE', 'F1', 'Dice', 'IoU', 'ECE'],
  ...['SEMISE', 'semise', 'ntxent', 'healthyAnomaly', 'preference', 'self-supervised'],
  ...['CLAIM 2024', 'TRIPOD+AI', 'FDA PCCP', 'IDATEN', 'Apache-2.0', 'labels.csv', 'Node'],
];

/** Paths, hashes, and fields of the configuration are the data's own words. */
const { settings, ...config } = sampleRun('', 1).config;
const FIELDS = new Set([
  ...Object.keys(config),
  ...Object.keys(settings as object).map((name) => `settings.${name}`),
]);
const OF_THE_DATA = /^(images\/.*|demo\/.*|sha256:.*|semise \d.*|best\.png|worst\.png)$/;

const leftInEnglish = (html: string, ...more: string[]) =>
  textsOf(html).filter(
    (text) => !OF_THE_DATA.test(text) && !FIELDS.has(text) && inEnglish(text, [...NAMES, ...more]),
  );

const SUMMARY = 'ordinal regression (CORN) on the graded images alone';
const run = (name: string, noise: number) => ({ ...sampleRun(name, noise), method: SUMMARY });
const report = () => ({
  title: { en: 'Severity of fundus images', ja: '眼底画像の重症度' },
  created: '2025-06-01T12:00:00Z',
  runs: [run('SEMISE', 0.6)],
});

test('a Japanese report has no English left but names, and says so in <html lang>', () => {
  const html = renderReport(report(), 'ja');
  assert.match(html, /<html lang="ja">/);
  assert.match(renderReport(report()), /<html lang="en">/);
  assert.deepEqual(leftInEnglish(html, 'truncated JPEG'), []);
  const two = { ...report(), runs: [run('SEMISE', 0.6), run('supervised', 1.1)] };
  assert.deepEqual(leftInEnglish(renderReport(two, 'ja'), 'truncated JPEG', 'supervised'), []);
  const bare = run('SEMISE', 0.6);
  const empty = { metrics: {}, predictions: [], history: [], validation: [], embedding: [] };
  const nothing = { ...report(), runs: [{ ...bare, ...empty, examples: [] }] };
  assert.deepEqual(leftInEnglish(renderReport(nothing, 'ja'), 'truncated JPEG'), []);
  for (const data of [report(), two, nothing])
    assert.deepEqual(halfWidth(renderReport(data, 'ja')), []);
  // The checks themselves see English, and half-width brackets.
  assert.deepEqual(halfWidth('<body><p>確率(較正後)</p><p>確率（較正後）</p></body>').length, 1);
  assert.ok(leftInEnglish(renderReport(report())).length > 50);
});

test('both languages show the same figures', () => {
  const figures = (html: string) =>
    textsOf(html)
      .flatMap((text) => text.match(/−?\d+\.\d{3}/g) ?? [])
      .sort();
  const shown = figures(renderReport(report(), 'ja'));
  assert.ok(shown.length > 60);
  assert.deepEqual(shown, figures(renderReport(report())));
});

test('every method has its summary in Japanese', () => {
  const context = {
    grades: 3,
    batch: 16,
    comparisons: true,
    steps: 10,
  } as unknown as MethodContext;
  for (const name of METHOD_NAMES) {
    const { summary } = METHODS[name](context, DEFAULT_SETTINGS);
    assert.match(methodIn(summary, 'ja'), /[\u3040-\u30ff\u4e00-\u9fff]/, name);
    assert.equal(methodIn(summary, 'en'), summary);
  }
});

test('the reports of a segmentation and of an import are Japanese, too', () => {
  const images = Array.from({ length: 12 }, (_, i) => ({
    image: `images/${i}.png`,
    subject: `s${i >> 1}`,
    grade: i % 3,
    burden: i / 100,
    score: i / 3,
    measures: null,
  }));
  const metrics = evaluateSegmentation(
    images.map((image, i) => ({
      ...image,
      measures: {
        dice: i / 12,
        iou: i / 20,
        hausdorff95: i,
        surfaceDistance: i / 2,
        lesions: [{ size: 0.001 * (i + 1), found: i % 2 === 0 }],
        falsePositives: i % 2,
        trueBurden: i / 100,
        classes: [],
      },
    })) as unknown as Parameters<typeof evaluateSegmentation>[0],
    { classes: 2, unit: 'pixels', seed: 1, draws: 50 },
  );
  const segmentation = renderSegmentationReport(
    {
      created: '2025-06-01T12:00:00Z',
      config: {},
      command: 'semise segment train',
      split: 'test',
      metrics,
      burdens: images,
      history: [{ step: 1, phase: 'supervised', losses: { preference: 1 } }],
      validation: [{ step: 1, dice: 0.5 }],
      data: [{ split: 'test', images: 12, subjects: 6, lesionMasks: 12, emptyMasks: 0, seen: 12 }],
      examples: [
        {
          group: 'best',
          image: 'best.png',
          grade: 1,
          dice: 0.9,
          score: 1,
          burden: 0.1,
          picture: '',
        },
        {
          group: 'no lesion',
          image: 'worst.png',
          grade: null,
          dice: 0,
          score: null,
          burden: 0,
          picture: '',
        },
      ],
      duplicates: { checked: false },
      environment: 'semise 0.1.0',
    },
    'ja',
  );
  assert.deepEqual(leftInEnglish(segmentation), []);
  assert.deepEqual(halfWidth(segmentation), []);
  const group = {
    images: ['images/a.png'],
    splits: ['train', ''],
    grades: ['1'],
    subjects: 1,
    agreement: 1,
  };
  const quality = {
    source: 'images/a.zip',
    images: 1,
    graded: 1,
    subjects: 1,
    used: { images: 1, subjects: 1, graded: 1 },
    notes: [],
    byGrade: [
      { name: '', images: 1, subjects: 1 },
      { name: '1', images: 1, subjects: 1 },
    ],
    bySplit: [
      { name: '', images: 1, subjects: 1 },
      { name: '2', images: 1, subjects: 1 },
    ],
    bySite: [
      { name: '', images: 1, subjects: 1 },
      { name: '3', images: 1, subjects: 1 },
    ],
    formats: [{ width: 1, height: 1, channels: 1, bits: 8, images: 1 }],
    unreadable: [],
    otherFiles: 0,
    blank: ['images/b.png'],
    saturated: [],
    blurred: [],
    leaking: [group],
    conflicts: [],
    exactDuplicates: [group],
    nearDuplicates: [],
    moved: [],
  } as unknown as Parameters<typeof renderQuality>[0];
  const page = renderQuality(quality, 'ja');
  assert.match(page, /<html lang="ja">/);
  assert.deepEqual(leftInEnglish(page), []);
  assert.deepEqual(halfWidth(page), []);
});
