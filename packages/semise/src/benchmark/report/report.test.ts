// The report of made-up rows says what they say.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InputError } from '../../errors.js';
import { madeRow } from '../../testing/benchmark-rows.js';
import type { Row } from '../rows.js';
import type { SegmentationRow } from '../segmentation.js';
import { benchmarkDocument } from './build.js';
import { renderMarkdown } from './markdown.js';
import { renderBenchmarkPage } from './page.js';

const SEEDS = [1, 2, 3, 4, 5];
const over = (score: number, changes: Partial<Row>) =>
  SEEDS.map((seed) => madeRow({ score: score + 0.001 * seed, seed, ...changes }));
const rows = [
  ...over(0.4, {}),
  ...over(0.32, { method: 'supervised' }),
  ...over(0.36, { method: 'corn' }),
  ...over(0.38, { method: 'semise-no-axis' }),
  ...over(0.5, { budget: 40 }),
  ...over(0.4, { budget: 40, method: 'corn' }),
  ...over(0.55, { budget: 40, method: 'supervised' }),
  ...over(0.45, { comparisons: 100 }),
  ...over(0.3, { gradeNoise: 0.2 }),
  {
    ...madeRow({ healthy: 'ungraded' }),
    metrics: null,
    confusion: [],
    error: 'no training image has grade 0',
  },
];
const markdown = (of: readonly Row[]) =>
  renderMarkdown(benchmarkDocument(of, 'rows.jsonl').document);
const page = markdown(rows);
/** Cells of the first table row that begins with these. */
const row = (text: string, ...begin: string[]): string[] => {
  const cells = text.split('\n').map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((c) => c.trim()),
  );
  const found = cells.find((line) => begin.every((b, i) => line[i] === b));
  assert.ok(found, `no row ${begin.join(' | ')}`);
  return found;
};

test('SEMISE against the best rival, by seed', () => {
  const [, ours, rival, difference, gain, p, seeds] = row(page, 'knees, 10 grades a class');
  assert.match(ours, /^0\.403 \[0\.40\d, 0\.40\d\]$/);
  assert.match(rival, /^corn 0\.363 /);
  assert.equal(difference, '**+0.040 [+0.040, +0.040]**');
  assert.match(gain, /^\*\*\+11\.0 % \[\+1[01]\.\d %, \+1[01]\.\d %\]\*\*$/); // 0.403 / 0.363
  assert.equal(p, '< 0.001');
  assert.equal(seeds, '5');
  // The best rival is another one where there are more labels, and SEMISE loses to it.
  const [, , other, lost] = row(page, 'knees, 40 grades a class');
  assert.match(other, /^supervised 0\.553 /);
  assert.equal(lost, '**-0.050 [-0.050, -0.050]**');
});

test('with comparisons, rivals have them if they can use them, else stand with the grades alone', () => {
  const where = 'knees, 10 grades a class, 100 comparisons';
  assert.match(row(page, where)[2], /^corn 0\.363 /);
  const weaker = over(0.3, { method: 'ranknet', comparisons: 100 });
  assert.match(row(markdown([...rows, ...weaker]), where)[2], /^corn 0\.363 /);
  const stronger = over(0.42, { method: 'ranknet', comparisons: 100 });
  const [, ours, rival, difference] = row(markdown([...rows, ...stronger]), where);
  assert.match(ours, /^0\.453 /);
  assert.match(rival, /^ranknet 0\.423 /);
  assert.match(difference, /^\*\*\+0\.030 /);
});

test('tables: best first and bold, less is better where it is', () => {
  const table = page.slice(page.indexOf('**knees, 10 grades a class ('));
  const names = table
    .split('\n')
    .slice(4, 8)
    .map((line) => line.split('|')[1].trim());
  assert.deepEqual(names, ['semise', 'semise-no-axis', 'corn', 'supervised']);
  const best = row(table, 'semise');
  for (const [i, name] of row(table, '', 'seeds').entries()) {
    if (i > 1) assert.match(best[i], /^\*\*.*\*\*$/, name);
  }
  assert.doesNotMatch(row(table, 'corn').join(), /\*\*/);
});

test('labels saved, comparisons in grades, variants, trouble, losses, failures', () => {
  // 0.403 on the curve of corn from 0.363 (10 labels) to 0.403 (40): 40 labels.
  assert.match(row(page, '10', '**40 [40, 40]**').join(), /40/);
  // 0.453 on our own curve from 0.403 (10) to 0.503 (40): 20 labels, 10 more in each of 2 grades.
  assert.equal(row(page, '100', '0 %').at(-1), '20.0 [20.0, 20.0]');
  // Against the same seeds without comparisons, also where those are not all that were run.
  assert.equal(row(page, '100', '0 %')[4], '**+0.050 [+0.050, +0.050]**');
  const [first] = over(0.45, { comparisons: 1000 });
  assert.equal(row(markdown([...rows, first]), '1000', '0 %')[4], '+0.050');
  const variant = row(page, 'semise-no-axis', 'knees, 10 grades a class');
  assert.equal(variant[3], '**-0.020 [-0.020, -0.020]**');
  assert.equal(variant[6], '**+0.020 [+0.020, +0.020]**', 'RPS');
  assert.match(page, /\*\*knees, 10 grades a class, 20 % of the grades wrong /);
  assert.match(row(page, 'semise, without')[2], /0\.403/);
  assert.deepEqual(row(page, 'knees, 40 grades a class', 'supervised').slice(1, 3), [
    'supervised',
    '**-0.050 [-0.050, -0.050]**',
  ]);
  // 150 of 250 and 100 of 250.
  assert.deepEqual(row(page, '0', '**60 %**'), ['0', '**60 %**', '40 %']);
  assert.match(page, /healthy ungraded, semise, seed 1 \| no training image has grade 0 \|/);
});

test('rows of earlier settings of a method are left out, and said', () => {
  const old = over(0.9, {}).map((r) => ({
    ...r,
    seed: r.seed + 10,
    config: { ...r.config, training: { ...(r.config.training as object), steps: 5 } },
  }));
  const text = markdown([...old, ...rows]);
  assert.match(text, /5 older rows, made with other settings/);
  assert.deepEqual(row(text, 'semise', '5'), row(page, 'semise', '5'));
});

test('where data sets differ in a setting, each value names its sets', () => {
  const own = { ...rows[0], dataset: 'long' };
  const config = { ...own.config, training: { ...(own.config.training as object), steps: 5 } };
  const text = markdown([...rows, { ...own, config }]);
  assert.match(row(text, 'steps')[1], /^9 \(knees.*\); 5 \(long\)$/);
  assert.deepEqual(row(text, 'batch'), row(page, 'batch'));
});

test('the last row of a run counts', () => {
  const again = madeRow({ score: 0.9, method: 'corn', seed: 1 });
  assert.match(row(markdown([...rows, again]), 'knees, 10 grades a class')[2], /^corn 0\.471 /);
});

test('the same rows give the same pages, and one seed is enough for one', () => {
  const { document, results } = benchmarkDocument(rows, 'rows.jsonl');
  const html = renderBenchmarkPage(document, results);
  assert.equal(html, renderBenchmarkPage(document, results));
  assert.equal(markdown(rows), page);
  assert.equal((html.match(/<svg/g) ?? []).length, 4); // two forests, labels, comparisons
  assert.doesNotMatch(html, /<script|https?:\/\/(?!www\.w3\.org)/);
  assert.match(markdown([madeRow({})]), /0\.400/);
  assert.throws(() => benchmarkDocument([], 'rows.jsonl'), InputError);
});

const start = (method: string, dice: number, seeds = SEEDS) =>
  seeds.map((seed): SegmentationRow => {
    const score = dice + 0.001 * seed;
    return {
      ...{ dataset: 'scans', budget: 10, method, seed, config: {} },
      ...{ validation: null, n: 50, images: 100, masks: 15, seconds: 1 },
      metrics: {
        ...{ dice: score, iou: score / 2, diceLesion: score, hausdorff95: 10 - 10 * score },
        ...{
          surfaceDistance: 1,
          lesionSensitivity: 0.5,
          falsePositives: 0,
          burdenWithGrade: null,
        },
      },
    };
  });

test('segmentation: each start, and ours against the best other one of its kind', () => {
  const text = renderMarkdown(
    benchmarkDocument(rows, 'rows.jsonl', [
      ...start('scratch', 0.5),
      ...start('semise', 0.6),
      ...start('supcon', 0.55),
      ...start('semise-consistency', 0.6),
      ...start('scratch-consistency', 0.64, [1, 2, 3]),
      ...start('semise-presence', 0.58),
      ...start('conpro-presence', 0.56),
    ]).document,
  );
  const place = 'scans, 10 masks with a lesion';
  const [, , rival, apart, gain, , seeds] = row(text, place);
  assert.match(rival, /^supcon 0\.553 /);
  assert.deepEqual([apart, seeds], ['**+0.050 [+0.050, +0.050]**', '5']);
  assert.match(gain, /^\*\*\+9\.0 % /); // 0.603 / 0.553
  const [, , other, behind, , , both] = row(text, `${place}, consistency`);
  assert.match(other, /^scratch-consistency 0\.642 /);
  assert.deepEqual([behind, both], ['**-0.040 [-0.040, -0.040]**', '3']);
  assert.match(row(text, `${place}, presence`)[2], /^conpro-presence 0\.56/);
  const [, , , , , best] = row(text, 'scratch-consistency');
  assert.match(best, /^\*\*3\.580 /, 'the shortest distance is the best');
});

test('segmentation: a start with presence and consistency is compared with its own kind alone', () => {
  const { document } = benchmarkDocument(rows, 'rows.jsonl', [
    ...start('semise-consistency', 0.6),
    ...start('supcon-consistency', 0.5),
    ...start('semise-presence-consistency', 0.6),
    ...start('scratch-presence-consistency', 0.7),
  ]);
  const text = renderMarkdown(document);
  const place = 'scans, 10 masks with a lesion';
  assert.match(row(text, `${place}, consistency`)[2], /^supcon-consistency 0\.503 /);
  assert.match(
    row(text, `${place}, presence, consistency`)[2],
    /^scratch-presence-consistency 0\.703 /,
  );
});

test('segmentation: a variant of ours is no rival, and over all images another start may be the best', () => {
  const [, ...found] = start('conpro', 0.5).map((run) => ({
    ...run,
    metrics: { ...run.metrics!, dice: 0.7004 + 0.001 * run.seed },
  }));
  const { document } = benchmarkDocument(rows, 'rows.jsonl', [
    ...start('semise', 0.6),
    ...start('semise-dense', 0.9),
    ...start('supcon', 0.55),
    ...found,
  ]);
  const [, overall] = renderMarkdown(document).split('**Dice, all**');
  const place = 'scans, 10 masks with a lesion';
  assert.match(row(renderMarkdown(document), place)[2], /^supcon 0\.553 /);
  const [, , rival, apart, , , seeds] = row(overall, place);
  assert.match(rival, /^conpro 0\.704 /);
  assert.deepEqual([apart, seeds], ['**-0.100 [-0.100, -0.100]**', '4']);
});

test('one lucky seed does not make the best rival', () => {
  const lucky = madeRow({ score: 0.5, seed: 1, method: 'ranknet' });
  assert.match(row(markdown([...rows, lucky]), 'knees, 10 grades a class')[2], /^corn 0\.363 /);
  const { document } = benchmarkDocument(rows, 'rows.jsonl', [
    ...start('semise', 0.6),
    ...start('supcon', 0.55),
    ...start('conpro', 0.7, [1]),
  ]);
  assert.match(
    row(renderMarkdown(document), 'scans, 10 masks with a lesion')[2],
    /^supcon 0\.553 /,
  );
});

test('the best rival is the best of those run on more than half of our seeds, not the one with the most seeds', () => {
  const { document } = benchmarkDocument(rows, 'rows.jsonl', [
    ...start('semise', 0.6),
    ...start('supcon', 0.55),
    ...start('conpro', 0.57, [1, 2, 3]),
    ...start('scratch', 0.59, [1, 2]),
  ]);
  const [, , rival, , , , seeds] = row(renderMarkdown(document), 'scans, 10 masks with a lesion');
  assert.match(rival, /^conpro 0\.572 /);
  assert.equal(seeds, '3');
});

test('segmentation: a run that failed is told with its reason, and counts for nothing', () => {
  const [run] = start('conpro-presence', 0.9, [1]);
  const text = renderMarkdown(
    benchmarkDocument(rows, 'rows.jsonl', [
      ...start('semise', 0.6),
      ...start('supcon', 0.55),
      { ...run, metrics: null, error: 'every image has a mask' },
    ]).document,
  );
  assert.deepEqual(row(text, 'scans, 10 masks with a lesion, conpro-presence, seed 1'), [
    'scans, 10 masks with a lesion, conpro-presence, seed 1',
    'every image has a mask',
  ]);
  assert.doesNotMatch(text, /\| conpro-presence \|/);
});
