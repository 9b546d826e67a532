// Takes the picture of the demo's report (docs/demo.png) and writes the demo's table into README.md,
// from a demo folder. Needs Debian's chromium. Run from the repository's root after `npm run demo`:
//   node docs/make-screenshot.mjs [demo]

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { resultTable } from '../packages/semise/dist/cli/table.js';

const demo = resolve(process.argv[2] ?? 'demo');
const PICTURE = 'docs/demo.png';
const LARGEST = 400_000;

const profile = mkdtempSync(join(tmpdir(), 'semise-chromium-'));
try {
  const shot = join(profile, 'report.png');
  execFileSync('chromium', [
    ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
    ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ...[`--user-data-dir=${profile}`, '--hide-scrollbars', '--window-size=1200,1450'],
    ...[`--screenshot=${shot}`, pathToFileURL(join(demo, 'report.html')).href],
  ]);
  await sharp(shot).png({ palette: true, colours: 128, effort: 10 }).toFile(PICTURE);
  const { size } = statSync(PICTURE);
  if (size > LARGEST) throw new Error(`${PICTURE} has ${size} bytes, more than ${LARGEST}`);
  console.log(`${PICTURE}: ${(size / 1000).toFixed(0)} kB`);
} finally {
  rmSync(profile, { recursive: true, force: true });
}

const rows = readdirSync(demo, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'cohort')
  .map(({ name }) => ({
    name,
    metrics: JSON.parse(readFileSync(join(demo, name, 'metrics.json'))),
  }));
const { n, subjects } = rows[0].metrics;
const { training } = JSON.parse(readFileSync(join(demo, rows[0].name, 'config.json')));
const block = [
  '```',
  `On the ${n} test images of ${subjects} subjects, with 95 % intervals (seed ${training.seed}):`,
  resultTable(rows),
  '```',
].join('\n');
const begin = '<!-- demo: written by docs/make-screenshot.mjs -->\n';
const end = '\n<!-- /demo -->';
const readme = readFileSync('README.md', 'utf8');
const [before, after] = [readme.indexOf(begin), readme.indexOf(end.trim())];
if (before < 0 || after < before) throw new Error('README.md: the demo markers are missing');
writeFileSync(
  'README.md',
  `${readme.slice(0, before)}${begin}${block}${end}${readme.slice(after + end.trim().length)}`,
);
