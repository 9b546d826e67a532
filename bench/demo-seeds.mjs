// The demo's comparison over several seeds: what a newcomer sees once, with its spread.
//
//   npm run build && node bench/demo-seeds.mjs [seeds: 1,2,3] [folder] [threads]
//
// Two processes of one thread each, with other seeds, are faster than one of two threads.
//
// For each seed it draws the demo's cohort (30 graded training images, 200 comparisons of which 10 %
// are wrong) and trains the demo's rows, and the rival with twice the steps. Results are appended to
// docs/demo-seeds.jsonl as they come (rows that are there are not run again), and docs/demo-seeds.md
// is written from them.

import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trainRun, writePhantom } from 'semise';

const seeds = (process.argv[2] ?? '1,2,3').split(',').filter(Boolean).map(Number);
const results = new URL('../docs/demo-seeds.jsonl', import.meta.url);
const page = new URL('../docs/demo-seeds.md', import.meta.url);
const threads = process.argv[4] ? Number(process.argv[4]) : undefined;
const work = process.argv[3] ?? mkdtempSync(join(tmpdir(), 'semise-demo-seeds-'));

const STEPS = 400;
const ROWS = {
  semise: { method: 'semise', compared: true, steps: STEPS },
  'semise, no comparisons': { method: 'semise', compared: false, steps: STEPS },
  supervised: { method: 'supervised', compared: false, steps: STEPS },
  'supervised, twice the steps': { method: 'supervised', compared: false, steps: 2 * STEPS },
  'corn (ordinal rival)': { method: 'corn', compared: false, steps: STEPS },
};
const METRICS = ['macroF1', 'qwk', 'maee', 'spearman'];

/** All rows, also those that another process has appended meanwhile. */
const rows = () =>
  existsSync(results)
    ? readFileSync(results, 'utf8')
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
        .sort((a, b) => a.seed - b.seed)
    : [];
const known = rows();

for (const [row, { method, compared, steps }] of Object.entries(ROWS)) {
  for (const seed of seeds) {
    const out = join(work, `cohort-${seed}`);
    if (!existsSync(out))
      await writePhantom({ out, seed, graded: 30, comparisons: 200, wrongComparisons: 0.1 });
    if (known.some((r) => r.row === row && r.seed === seed)) continue;
    const run = join(work, `run-${seed}-${row.replaceAll(/\W+/g, '-')}`);
    rmSync(run, { recursive: true, force: true });
    const began = performance.now();
    const { test, config } = await trainRun({
      data: join(out, 'labels.csv'),
      comparisons: compared ? join(out, 'comparisons.csv') : undefined,
      out: run,
      method,
      steps,
      seed,
      threads,
      views: 'fundus',
    });
    const metrics = Object.fromEntries(METRICS.map((m) => [m, test[m]]));
    const { settings, learningRate, weightDecay, batch } = config.training;
    const record = {
      row,
      seed,
      method,
      steps,
      metrics,
      seconds: Math.round((performance.now() - began) / 1000),
      config: { settings, learningRate, weightDecay, batch },
    };
    appendFileSync(results, `${JSON.stringify(record)}\n`);
    console.log(row, seed, METRICS.map((m) => `${m} ${test[m].value.toFixed(3)}`).join(', '));
  }
}

const done = rows();
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
const cell = (row, metric) => {
  const values = done.filter((r) => r.row === row).map((r) => r.metrics[metric].value);
  return values.length
    ? `${mean(values).toFixed(3)} (${values.map((v) => v.toFixed(2)).join(', ')})`
    : '-';
};
writeFileSync(
  page,
  `# The demo over ${Math.max(0, ...done.map((r) => r.seed))} seeds

Mean on the test split, and each seed in brackets. A seed draws another cohort, other graded images and other weights: 30 graded training images, 200 comparisons of which 10 % are wrong. Intervals of each run are in \`demo-seeds.jsonl\`. Made by \`node bench/demo-seeds.mjs\`; a dash is a row not run yet.

| | macro-F1 | QWK | MAEE (1 is perfect) | Spearman |
|---|---|---|---|---|
${Object.keys(ROWS)
  .map((row) => `| ${row} | ${METRICS.map((m) => cell(row, m)).join(' | ')} |`)
  .join('\n')}
`,
);
console.log(readFileSync(page, 'utf8'));
