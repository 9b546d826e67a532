// How well wrong grades are found: grades are made wrong on purpose, and the list is held against them.
//
//   npm run build && nice node bench/label-quality.mjs --work DIR [--datasets DIR] [--sets phantom,...] [--steps 300]
//
// The phantom's grades are its true ones (no rater noise); --datasets holds the real sets, a folder each with its
// labels.csv (they cannot be published with semise; their own grades are taken for right, which some are not). Of
// each, one grade in ten is replaced by another, each other grade equally likely; a run is trained on the result
// (kept in --work and not trained again), and `semise labels` judges. Writes docs/label-quality.jsonl and the table of
// docs/labels.md from it.

import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { openRun, readManifest, trainRun, writePhantom } from 'semise';
import {
  checkGrades,
  confidentJoint,
  gradesGained,
  heldOutProbabilities,
} from '../packages/semise/dist/evaluation/label-quality/index.js';
import { random } from '../packages/semise/dist/random.js';
import { knownImages } from '../packages/semise/dist/run/labels.js';

const { values: flags } = parseArgs({
  options: {
    work: { type: 'string' },
    datasets: { type: 'string' },
    sets: { type: 'string', default: 'phantom,busi,dr_eyepacs,knee_oai_kl' },
    steps: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    threads: { type: 'string', default: '2' },
  },
});
if (!flags.work) {
  console.error('label-quality: give --work DIR, a folder for cohorts and runs');
  process.exit(2);
}
const seed = Number(flags.seed);
const WRONG = 0.1;
const LINES = new URL('../docs/label-quality.jsonl', import.meta.url);
const PAGE = new URL('../docs/labels.md', import.meta.url);

for (const set of flags.sets.split(',').filter(Boolean)) {
  const place = join(flags.work, `${set}-${seed}`);
  mkdirSync(place, { recursive: true });
  const { data, moved } = await spoiled(set, place);
  const out = join(place, 'run');
  if (!existsSync(join(out, 'report.html'))) {
    await trainRun({
      data,
      out,
      seed,
      steps: Number(flags.steps),
      imageSize: 64,
      batch: 32,
      threads: Number(flags.threads),
      leakage: 'allow',
    });
  }
  const opened = await openRun(out);
  try {
    const manifest = await readManifest(data);
    const { known: images } = await knownImages({ folder: out, opened }, manifest, []);
    const grades = opened.config.training.grades;
    const { judgements } = checkGrades(images, { grades, seed });
    for (const { judge, suspects, wrong } of judgements) {
      const own = images.filter(
        ({ grade, trained }) => grade !== null && trained === (judge === 'probe'),
      );
      const probe = judge === 'probe' ? heldOutProbabilities(own, { grades, seed }) : null;
      const judged = own.map(({ grade, probabilities }, i) => ({
        grade,
        probabilities: probe?.[i] ?? probabilities,
      }));
      const bad = own.map(({ image }) => moved.has(image));
      const named = suspects.map(({ image }) => image);
      const right = (list) => list.filter((image) => moved.has(image)).length;
      const total = bad.filter(Boolean).length;
      const far = (image) => moved.get(image) >= 2;
      const row = {
        set,
        seed,
        judge,
        steps: opened.config.training.steps,
        images: own.length,
        wrong: total,
        estimated: Math.round(wrong),
        named: named.length,
        precision: right(named) / named.length,
        recall: right(named) / total,
        first: right(named.slice(0, total)) / Math.min(total, named.length),
        recallFar: right(named.filter(far)) / own.filter(({ image }) => far(image)).length,
        rank: {
          gain: auroc(judged.map(gradesGained), bad),
          margin: auroc(
            judged.map(
              ({ grade, probabilities: p }) =>
                Math.max(...p.filter((_, k) => k !== grade)) - p[grade],
            ),
            bad,
          ),
          'own probability': auroc(
            judged.map(({ grade, probabilities: p }) => -p[grade]),
            bad,
          ),
        },
        accuracy:
          judged.filter(({ grade, probabilities: p }) => p.indexOf(Math.max(...p)) === grade)
            .length / own.length,
        joint: confidentJoint(judged, grades).joint.map((r) => r.map((n) => Math.round(n))),
      };
      appendFileSync(LINES, `${JSON.stringify(row)}\n`);
      console.log(JSON.stringify(row));
    }
  } finally {
    await opened.close();
  }
}
writeTable();

/** The set with one grade in ten replaced. @returns its file, and how far each moved grade was moved */
async function spoiled(set, place) {
  let folder = join(flags.datasets ?? '', set);
  if (set === 'phantom') {
    folder = join(place, 'cohort');
    if (!existsSync(folder))
      await writePhantom({
        out: folder,
        seed,
        subjects: 600,
        size: 64,
        graderNoise: 0,
        comparisons: 0,
        masks: false,
      });
  }
  const rows = parse(readFileSync(join(folder, 'labels.csv')), { columns: true });
  const grades = 1 + Math.max(...rows.map(({ grade }) => Number(grade)));
  const r = random(seed, 'wrong grades', set);
  const graded = rows.filter(({ grade }) => grade !== '');
  const moved = new Map();
  for (const row of r.shuffle(graded).slice(0, Math.round(WRONG * graded.length))) {
    const grade = (Number(row.grade) + 1 + r.integer(grades - 1)) % grades;
    moved.set(resolve(folder, row.image), Math.abs(grade - Number(row.grade)));
    row.grade = String(grade);
  }
  const table = rows.map(({ image, subject, grade }) => ({
    image: resolve(folder, image),
    subject,
    grade,
  }));
  const data = join(place, 'labels.csv');
  writeFileSync(data, stringify(table, { header: true }));
  return { data, moved };
}

/** How often a wrong grade ranks above a right one; 0.5 by chance. */
function auroc(scores, positive) {
  const order = [...scores.keys()].sort((a, b) => scores[a] - scores[b]);
  let sum = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && scores[order[end]] === scores[order[start]]) end++;
    for (let i = start; i < end; i++) if (positive[order[i]]) sum += (start + end + 1) / 2;
    start = end;
  }
  const n = positive.filter(Boolean).length;
  return (sum - (n * (n + 1)) / 2) / (n * (positive.length - n));
}

function writeTable() {
  if (!existsSync(PAGE)) return;
  const last = new Map();
  for (const line of readFileSync(LINES, 'utf8').trim().split('\n')) {
    const row = JSON.parse(line);
    last.set([row.set, row.seed, row.judge].join(), row);
  }
  const percent = (share) => `${Math.round(100 * share)} %`;
  const lines = [...last.values()].map(
    (r) =>
      `| ${[
        r.set,
        r.judge,
        r.images,
        r.wrong,
        percent(r.accuracy),
        r.estimated,
        r.named,
        percent(r.precision),
        percent(r.recall),
        percent(r.recallFar),
        percent(r.first),
        ...Object.values(r.rank).map((value) => value.toFixed(2)),
      ].join(' | ')} |`,
  );
  const table = [
    '| set | judge | grades | made wrong | judge right | estimated wrong | named | of these wrong | wrong ones named | two or more off named | of the first | ranked by gain | by margin | by own probability |',
    '|---|---|---|---|---|---|---|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
  const page = readFileSync(PAGE, 'utf8');
  const marks = ['<!-- measured -->\n', '\n<!-- end -->'];
  const [from, to] = [page.indexOf(marks[0]) + marks[0].length, page.indexOf(marks[1])];
  writeFileSync(PAGE, page.slice(0, from) + table + page.slice(to));
}
