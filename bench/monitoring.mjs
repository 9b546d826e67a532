// How often monitoring alarms without drift, and how early it finds the phantom's change of device.
//
//   npm run build && node bench/monitoring.mjs --work DIR [--weeks 200] [--repeats 12]
//
// Draws three phantom cohorts into DIR (those that are there already are taken): device A to train on,
// other subjects at device A for quiet weeks, and subjects at device B, which burns a mark into its
// images. Trains a short model at 64 px, measures every image once, and then draws weeks from the
// subjects. Writes docs/monitoring-proof.md after each part; started again, it goes on with the next.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { readManifest } from '../packages/semise/dist/data/index.js';
import { ewmaChart } from '../packages/semise/dist/evaluation/monitoring/chart.js';
import { compareBatch } from '../packages/semise/dist/evaluation/monitoring/compare.js';
import { random } from '../packages/semise/dist/random.js';
import { openRun } from '../packages/semise/dist/run/index.js';
import { observe } from '../packages/semise/dist/run/monitoring/observe.js';
import { buildProfile, readProfile } from '../packages/semise/dist/run/monitoring/profile.js';

/** A week is drawn as [cohort, number of the subject]; the reference is the run's own, or drawn, too. */
if (!isMainThread) {
  const { cohorts, own, metadata, falseAlarms, seed } = workerData;
  const images = (subjects) =>
    subjects.flatMap(([cohort, subject], s) =>
      cohorts[cohort][subject].map((one) => ({ ...one, subject: String(s) })),
    );
  parentPort.on('message', ({ week, known, told }) => {
    const batch = images(week);
    const { score, p, z, subjects, families } = compareBatch(known ? images(known) : own, batch, {
      metadata: told ? metadata : [],
      falseAlarms: falseAlarms / 2,
      seed,
    });
    parentPort.postMessage({ score, p, z, subjects, families, images: batch.length });
  });
} else await main();

async function main() {
  const { values: flags } = parseArgs({
    options: {
      work: { type: 'string' },
      weeks: { type: 'string', default: '200' },
      repeats: { type: 'string', default: '12' },
      workers: { type: 'string', default: String(availableParallelism()) },
    },
  });
  if (!flags.work) {
    console.error('monitoring: give --work DIR, a folder for cohorts and the run');
    process.exit(2);
  }
  const [weeks, repeats] = [Number(flags.weeks), Number(flags.repeats)];
  const at = (...names) => join(flags.work, ...names);
  const FALSE_ALARMS = 0.01;

  const COMMANDS = {
    train: 'phantom --device A --seed 11 --graded 100',
    run: `train --data ${at('train', 'labels.csv')} --comparisons ${at('train', 'comparisons.csv')} --views fundus --steps 150`,
    quiet: 'phantom --device A --seed 12 --subjects 1500',
    other: 'phantom --device B --seed 13 --subjects 400',
  };
  const program = fileURLToPath(new URL('../packages/semise/dist/cli/main.js', import.meta.url));
  for (const [name, command] of Object.entries(COMMANDS)) {
    if (existsSync(at(name))) continue;
    const args = [program, ...command.split(' '), '--out', at(name)];
    const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
    if (status !== 0) process.exit(1);
  }

  const kept = at('measured');
  if (!existsSync(kept)) writeFileSync(kept, serialize(await measure()));
  const { profile, cohorts, seed, imageSize } = deserialize(readFileSync(kept));
  const reference = profile.observed;
  const referenceSubjects = new Set(reference.map(({ subject }) => subject)).size;

  async function measure() {
    const run = await openRun(at('run'));
    const measured = async (name) => {
      const manifest = await readManifest(at(name, 'labels.csv'));
      const { observed } = await observe(run, manifest, [...manifest.records], {});
      const bySubject = new Map();
      for (const { sha256: _, path: __, ...one } of observed)
        bySubject.set(one.subject, [...(bySubject.get(one.subject) ?? []), one]);
      console.error(`${name}: ${observed.length} images measured`);
      return [...bySubject.values()];
    };
    const profile = (await readProfile(at('run'))) ?? (await buildProfile(at('run'), run));
    const { seed, imageSize } = run.config.training;
    const cohorts = { quiet: await measured('quiet'), other: await measured('other') };
    await run.close();
    return { profile, cohorts, seed, imageSize };
  }

  const data = {
    cohorts,
    own: reference,
    metadata: profile.metadata,
    falseAlarms: FALSE_ALARMS,
    seed,
  };
  const workers = Array.from(
    { length: Number(flags.workers) },
    () => new Worker(new URL(import.meta.url), { workerData: data }),
  );
  /** @returns what came of each task, in their order */
  async function judged(tasks) {
    const results = [];
    let next = 0;
    const lane = async (worker) => {
      while (next < tasks.length) {
        const task = next++;
        results[task] = await new Promise((resolve, reject) => {
          worker.once('message', resolve).once('error', reject);
          worker.postMessage({ told: true, ...tasks[task] });
        });
        worker.removeAllListeners('error');
      }
    };
    await Promise.all(workers.map(lane));
    return results;
  }
  /** So many subjects of a cohort. */
  const drawn = (cohort, n, ...purpose) =>
    random(1, cohort, ...purpose)
      .shuffle([...cohorts[cohort].keys()])
      .slice(0, n)
      .map((subject) => [cohort, subject]);
  const mixed = (moved, n, ...purpose) => [
    ...drawn('other', moved, ...purpose),
    ...drawn('quiet', n - moved, ...purpose),
  ];
  const times = (count, make) => Array.from({ length: count }, (_, i) => make(i));
  const percent = (count, of) => `${((100 * count) / of).toFixed(1)} %`;
  const results = existsSync(at('results.json'))
    ? JSON.parse(readFileSync(at('results.json'), 'utf8'))
    : {};
  /** A row of a table, worked out once. */
  async function row(table, name, make) {
    const key = `${weeks} ${repeats} ${name}`;
    results[table] ??= {};
    if (results[table][key]) return;
    results[table][key] = await make();
    console.error(table, key, JSON.stringify(results[table][key]));
    writeFileSync(at('results.json'), JSON.stringify(results, null, 2));
    writePage();
  }
  /** By the number in the first column, where it is one. */
  const rowsOf = (table) => Object.values(results[table] ?? {}).toSorted((a, b) => a[0] - b[0]);
  const tableOf = (table) => {
    const rows = rowsOf(table);
    return rows.length > 0
      ? rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
      : '| not run yet |';
  };

  // Quiet weeks against the run's own reference, as a hospital has them.
  const ownReference = (n) => async () => {
    const points = await judged(times(weeks, (week) => ({ week: drawn('quiet', n, n, week) })));
    const trend = ewmaChart(points, referenceSubjects, FALSE_ALARMS / 2);
    const [byBatch, byTrend, either, half] = [
      points.filter(({ score }) => score > 1),
      trend.filter((value) => value > 1),
      points.filter(({ score }, i) => score > 1 || trend[i] > 1),
      points.filter(({ p }) => p <= 0.5),
    ].map(({ length }) => length);
    return [
      n,
      `${byBatch} of ${weeks}`,
      `${byTrend} of ${weeks}`,
      `${either} of ${weeks} (${percent(either, weeks)})`,
      percent(half, weeks),
    ];
  };
  // The same with a new reference for each week: the rate that is stated.
  const newReference = (n) => async () => {
    const points = await judged(
      times(weeks, (week) => {
        const subjects = drawn('quiet', referenceSubjects + n, 'stated', n, week);
        return { week: subjects.slice(0, n), known: subjects.slice(n) };
      }),
    );
    const rare = (level) => percent(points.filter(({ p }) => p <= level).length, weeks);
    const alarms = points.filter(({ score }) => score > 1).length;
    return [n, `${alarms} of ${weeks}`, rare(0.05), rare(0.1), rare(0.5)];
  };
  // Weeks at device B, in whole or in part; with the device in the metadata, and without any metadata.
  const deviceB = (share, n) => async () => {
    const week = (repeat) => mixed(Math.round(share * n), n, 'moved', share, n, repeat);
    const all = await judged(times(repeats, (repeat) => ({ week: week(repeat) })));
    const pixels = await judged(times(repeats, (repeat) => ({ week: week(repeat), told: false })));
    const images = all.reduce((sum, one) => sum + one.images, 0) / repeats;
    const alarms = (points) => points.filter(({ score }) => score > 1).length;
    const family = (name) =>
      alarms(pixels.map(({ families }) => families.find((one) => one.family === name)));
    const counts = [alarms(all), alarms(pixels), ...['image', 'embedding', 'output'].map(family)];
    return [
      percent(share, 1),
      n,
      Math.round(images),
      ...counts.map((count) => `${count} of ${repeats}`),
    ];
  };
  // A slow change: every week of 30 subjects two in a hundred more at device B; no metadata.
  const slowChange = (year) => async () => {
    const points = await judged(
      times(20, (i) => {
        const r = random(1, 'slow', year, i);
        const moved = times(30, () => r.chance(0.02 * (i + 1))).filter(Boolean).length;
        return { week: mixed(moved, 30, 'slow', year, i), told: false };
      }),
    );
    const trend = ewmaChart(points, referenceSubjects, FALSE_ALARMS / 2);
    const first = (alarms) => (alarms.includes(true) ? alarms.indexOf(true) + 1 : 'none in 20');
    return [
      year + 1,
      first(points.map(({ score }) => score > 1)),
      first(trend.map((value) => value > 1)),
    ];
  };

  for (const [share, sizes] of [
    [1, [5, 10, 20]],
    [0.5, [10, 30, 100]],
    [0.25, [10, 30, 100]],
  ])
    for (const n of sizes) await row('moved', `${share} ${n}`, deviceB(share, n));
  for (const n of [10, 30, 100]) await row('own', n, ownReference(n));
  for (const n of [10, 30, 100]) await row('stated', n, newReference(n));
  for (const year of [0, 1, 2, 3, 4]) await row('slow', year, slowChange(year));
  for (const worker of workers) await worker.terminate();
  writePage();

  function writePage() {
    writeFileSync(
      new URL('../docs/monitoring-proof.md', import.meta.url),
      `# Monitoring, measured

Made by \`node bench/monitoring.mjs --work DIR\`: a model trained for 150 steps at ${imageSize} px on a phantom cohort at
device A (\`semise ${COMMANDS.train}\`), its reference of ${reference.length} images of ${referenceSubjects} subjects, quiet weeks drawn from
${cohorts.quiet.length} other subjects at device A, and weeks from ${cohorts.other.length} subjects at device B, which burns a small mark into a corner.
Alarms are set to at most ${100 * FALSE_ALARMS} % of quiet weeks, half for the week itself and half for the trend.

## False alarms in ${weeks} quiet weeks

Against the run's own reference. The p of a week should be 0.5 or less in half of the weeks; where one reference is off by
chance it is not quite, and the more so the more subjects a week has.

| subjects a week | by the week | by the trend | either | p of 0.5 or less |
|---|---|---|---|---|
${tableOf('own')}

With a new reference of ${referenceSubjects} subjects for every week, which is what the stated rate is about (0.5 % by the week):

| subjects a week | alarms by the week | p of 0.05 or less | 0.1 | 0.5 |
|---|---|---|---|---|
${tableOf('stated')}

## Weeks at device B

Weeks of ${repeats} that alarm. *Pixels alone*: no metadata at all; then the families by themselves.

| subjects at device B | subjects | images (mean) | with metadata | pixels alone | image | embedding | output |
|---|---|---|---|---|---|---|---|
${tableOf('moved')}

## A slow change

Every week 30 subjects, two in a hundred more of them at device B than the week before, no metadata. The week of the first
alarm:

| year | by the week | by the trend |
|---|---|---|
${tableOf('slow')}
`,
    );
  }
}
