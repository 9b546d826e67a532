// A report is kept whole and written anew; a card is checked; the search for the same picture counts right.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { openImageCache, readManifest, type Split } from '../data/index.js';
import { InputError } from '../errors.js';
import { writePredictions } from '../evaluation/prediction.js';
import { renderReport } from '../report/render.js';
import { semise } from '../testing/command.js';
import { blobs, jpeg, png, writeTree } from '../testing/pictures.js';
import { sampleRun } from '../testing/sample-report.js';
import { scratchFolder } from '../testing/scratch.js';
import { readCard } from './card.js';
import { guardSplits } from './leakage.js';
import { rewriteReport, storeReport } from './report.js';
import { appendToLog } from './validation/log.js';

const folder = scratchFolder();
const TITLE = { en: 'Severity model', ja: '重症度モデル' };
const DATA = { title: TITLE, created: '2025-06-01T12:00:00Z' };

/** Its map has the grades of its predictions, as that of every run. */
function aRun() {
  const run = sampleRun('SEMISE', 0.6);
  const grades = run.predictions.map(({ grade }) => grade);
  return { ...run, embedding: run.embedding.map((e, i) => ({ ...e, grade: grades[i] })) };
}

async function finished(name: string): Promise<string> {
  const run = join(folder, name);
  await mkdir(run);
  const report = aRun();
  await storeReport(run, DATA, report);
  await writePredictions(join(run, 'predictions.csv'), report.predictions);
  await writeFile(join(run, 'report.html'), renderReport({ ...DATA, runs: [report] }));
  return run;
}

const refused = (work: Promise<unknown>, message: RegExp) =>
  assert.rejects(work, (error) => {
    assert.ok(error instanceof InputError, String(error));
    assert.match(error.message, message);
    return true;
  });

test('a report written anew is the same file, in English and in Japanese', async () => {
  const run = await finished('kept');
  const runs = [aRun()];
  const own = await rewriteReport(run);
  assert.equal(own, join(run, 'report.html'));
  assert.equal(await readFile(own, 'utf8'), renderReport({ ...DATA, runs }));
  const other = await rewriteReport(run, { language: 'ja' }, join(folder, 'ja.html'));
  assert.equal(await readFile(other, 'utf8'), renderReport({ ...DATA, runs }, 'ja'));
});

test('sections that not every run has are kept as they are, without the predictions', async () => {
  const run = join(folder, 'more');
  await mkdir(run);
  const more = { ...sampleRun('SEMISE', 0.6), later: { deep: [1, { a: null }] } };
  await storeReport(run, DATA, more);
  const stored = JSON.parse(await readFile(join(run, 'report.json'), 'utf8'));
  assert.deepEqual(stored.run.later, more.later);
  assert.equal(stored.run.predictions, undefined);
});

test('a card is kept with the run, and its words answer open items', async () => {
  const run = await finished('carded');
  const file = join(folder, 'card.yaml');
  await writeFile(file, 'study:\n  design: retrospective\nmodel:\n  name: { en: Eye, ja: 眼 }\n');
  await rewriteReport(run, { card: await readCard(file) });
  assert.match(await readFile(join(run, 'report.html'), 'utf8'), /retrospective/);
  // Also without --card from now on.
  await rewriteReport(run, { language: 'ja' });
  assert.match(await readFile(join(run, 'report.html'), 'utf8'), /retrospective/);
});

test('limits that were stamped stand in the change-control plan', async () => {
  const run = await finished('stamped');
  await rewriteReport(run);
  const before = await readFile(join(run, 'report.html'), 'utf8');
  assert.match(before, /no acceptance limits are stamped/);
  const date = '2025-07-01T08:00:00.000Z';
  await appendToLog(run, { event: 'stamped', date, limits: 'ab'.repeat(32), model: 'cd' });
  await rewriteReport(run);
  const after = await readFile(join(run, 'report.html'), 'utf8');
  assert.match(after, new RegExp(`${date}, SHA-256 ${'ab'.repeat(32)}`));
  assert.doesNotMatch(after, /no acceptance limits are stamped/);
});

test('what is no card, no run or no report.json of ours is refused with file and field', async () => {
  const file = join(folder, 'wrong.yaml');
  for (const [content, message] of [
    [
      'data: { eligibilty: adults }',
      /wrong\.yaml: field data\.eligibilty is not known; .*eligibility/,
    ],
    ['dat: { sources: x }', /wrong\.yaml: field dat is not known; there are model, use/],
    ['study: { design: 3 }', /wrong\.yaml: field study\.design: give a text/],
    ['study: { title: { fr: x } }', /wrong\.yaml: field study\.title/],
    ['study: nothing', /wrong\.yaml: field study: give fields/],
    ['study: [', /wrong\.yaml:\d+: not YAML/],
  ] as const) {
    await writeFile(file, content);
    await refused(readCard(file), message);
  }
  await refused(readCard(join(folder, 'none.yaml')), /none\.yaml: cannot be read/);
  await refused(rewriteReport(folder), /has no report yet/);
  const run = await finished('damaged');
  const stored = JSON.parse(await readFile(join(run, 'report.json'), 'utf8'));
  stored.run.data.subjects.train = 'many';
  await writeFile(join(run, 'report.json'), JSON.stringify(stored));
  await refused(rewriteReport(run), /report\.json: field run\.data\.subjects\.train: /);
  await writeFile(join(run, 'report.json'), '{');
  await refused(rewriteReport(run), /report\.json: not valid JSON/);
});

test('the command writes it, and says where', async () => {
  const run = await finished('commanded');
  const out = join(folder, 'out.html');
  const done = await semise(['report', run, '--lang', 'ja', '--out', out, '--json']);
  assert.equal(done.code, 0, done.stderr);
  assert.deepEqual(JSON.parse(done.stdout), { report: out });
  assert.match(await readFile(out, 'utf8'), /<html lang="ja">/);
  const again = await semise(['report', run, '--out', out]);
  assert.equal(again.code, 2);
  assert.match(again.stderr, /already exists/);
});

test('the search for the same picture counts what it compared, found and moved', async () => {
  const shared = blobs(1);
  const place = await writeTree(join(folder, 'pictures'), {
    'a.png': await png(shared),
    'b.jpg': await jpeg(shared),
    'c.png': await png(blobs(2)),
    'd.png': await png(blobs(3)),
    'e.png': await png(blobs(4)),
    'labels.csv':
      'image,subject,grade\na.png,s1,0\nb.jpg,s2,0\nc.png,s3,1\nd.png,s4,1\ne.png,s5,0\n',
  });
  const manifest = await readManifest(join(place, 'labels.csv'));
  const paths = manifest.records.map(({ path }) => path);
  const cache = await openImageCache(paths, { size: 64, channels: 1, fit: 'stretch' });
  try {
    const splits: Split[] = ['train', 'test', 'train', 'validation', 'test'];
    const fixed = await guardSplits(manifest, splits, cache, 'fix');
    assert.deepEqual(fixed.splits, ['train', 'train', 'train', 'validation', 'test']);
    assert.deepEqual(fixed.check, {
      checked: true,
      pictures: 5,
      groups: 1,
      alike: 2,
      acrossSplits: 1,
      moved: 1,
      left: 0,
    });
    const clean = await guardSplits(manifest, fixed.splits, cache, 'refuse');
    assert.deepEqual(clean.check, { ...fixed.check, acrossSplits: 0, moved: 0 });
    const skipped = await guardSplits(manifest, splits, cache, 'allow');
    assert.deepEqual(skipped, { splits, check: { checked: false } });
    await refused(guardSplits(manifest, splits, cache, 'refuse'), /a\.png \(train\) and b\.jpg/);
  } finally {
    cache.close();
  }
});

const CHROMIUM = '/usr/bin/chromium';

test('in a browser the page is no wider than the window, and its checklists fold', {
  skip: existsSync(CHROMIUM) ? false : `needs ${CHROMIUM}`,
}, async () => {
  const run = await finished('browsed');
  const file = await rewriteReport(run, { language: 'ja' });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: { width: 390, height: 800 } });
    await page.goto(pathToFileURL(file).href);
    const widest = await page.evaluate('document.documentElement.scrollWidth');
    assert.equal(widest, 390);
    const item = page.locator('#claim tbody tr').first();
    assert.ok(await item.isVisible());
    await page.locator('#claim summary').click();
    assert.ok(!(await item.isVisible()));
    // On paper all is open again.
    await page.emulateMedia({ media: 'print' });
    assert.ok(await item.isVisible());
  } finally {
    await browser.close();
  }
});
