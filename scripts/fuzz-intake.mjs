// Hostile files by the thousand: what is read from hospitals' disks, with bytes flipped, cut, spliced and
// overwritten, is given to `semise`'s decoders and archive readers. Counts what came of it; a crash, a
// hang, a file written outside or memory above the bound is a failure, and its file is kept.
//
//   npm run build && node scripts/fuzz-intake.mjs --files 20000 --seed 1 [--samples FOLDER] [--keep FOLDER]
//
// The work is done in a child process, so that this one sees it die or stand still. Deterministic by
// seed but for the times. --samples adds a folder of real files (DICOM, say) to the made ones.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import tar from 'tar-stream';
import yazl from 'yazl';
import { decodeFile } from '../packages/semise/dist/data/decode/index.js';
import { LIMITS } from '../packages/semise/dist/data/decode/picture.js';
import { readOne } from '../packages/semise/dist/data/import/files.js';
import { readSheet } from '../packages/semise/dist/data/import/grades.js';
import { hashBy } from '../packages/semise/dist/data/import/hashing.js';
import { openSource } from '../packages/semise/dist/data/import/source.js';
import { takeIn } from '../packages/semise/dist/data/import/take-in.js';
import { random } from '../packages/semise/dist/random.js';
import { patientFile } from '../packages/semise/dist/testing/patient.js';
import { blobs } from '../packages/semise/dist/testing/pictures.js';

/** Seconds that a file may take, and MiB that the process may hold. */
const SECONDS = 20;
const MEMORY = 2048;
/** What one file may cost: small, so that a bomb shows. */
const BOUNDS = { ...LIMITS, fileBytes: 64 * 2 ** 20, pixels: 2 ** 22, seconds: 3 };
const RULES = { slices: 'all', plane: 'axial', window: 'file', limits: BOUNDS };

if (process.argv[2] === 'child') await child();
else await parent();

async function parent() {
  const { values } = parseArgs({
    options: {
      files: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '1' },
      samples: { type: 'string' },
      keep: { type: 'string', default: 'fuzz-failures' },
    },
  });
  const [count, seed] = [Number(values.files), Number(values.seed)];
  const folder = mkdtempSync(join(tmpdir(), 'semise-fuzz-'));
  const canary = () => readdirSync(folder).sort().join(' ');
  mkdirSync(join(folder, 'work'));
  const seeds = [...(await madeFiles()), ...realFiles(values.samples)];
  // Every format as often, however many files there are of it.
  const byKind = [...new Set(seeds.map(({ kind }) => kind))].map((kind) =>
    seeds.filter((file) => file.kind === kind),
  );
  const before = canary();
  const outcomes = new Map();
  const failures = [];
  const peak = { memory: 0, seconds: 0 };
  let worker = start();
  for (let i = 0; i < count; i++) {
    const draw = random(seed, 'fuzz', i);
    const { name, kind, bytes } = draw.pick(byKind[draw.integer(byKind.length)]);
    const { how, hurt } = damage(bytes, seeds, draw);
    const outcome = await ask(worker, { name, kind, bytes: hurt, folder: join(folder, 'work') });
    peak.memory = Math.max(peak.memory, outcome.memory ?? 0);
    peak.seconds = Math.max(peak.seconds, outcome.seconds ?? 0);
    if (canary() !== before) outcome.result = 'WROTE OUTSIDE';
    const bad = !['read', 'refused'].includes(outcome.result);
    const key = `${kind}\t${outcome.result}`;
    outcomes.set(key, (outcomes.get(key) ?? 0) + 1);
    if (bad) {
      mkdirSync(values.keep, { recursive: true });
      const kept = join(values.keep, `${seed}-${i}-${outcome.result.replaceAll(' ', '-')}-${name}`);
      writeFileSync(kept, hurt);
      failures.push(`${kept}: ${how}: ${outcome.reason ?? ''}`);
    }
    if (bad || outcome.memory > MEMORY / 2) {
      worker.kill('SIGKILL');
      worker = start();
    }
    if ((i + 1) % 1000 === 0) process.stderr.write(`${i + 1} of ${count}\n`);
  }
  worker.kill();
  rmSync(folder, { recursive: true, force: true });
  const kinds = [...new Set(seeds.map(({ kind }) => kind))].sort();
  const columns = ['read', 'refused', 'CRASH', 'HANG', 'ESCAPED ERROR', 'MEMORY', 'WROTE OUTSIDE'];
  console.log(`| format | ${columns.map((c) => c.toLowerCase()).join(' | ')} |`);
  console.log(`|---|${columns.map(() => '---:').join('|')}|`);
  for (const kind of kinds)
    console.log(
      `| ${kind} | ${columns.map((result) => outcomes.get(`${kind}\t${result}`) ?? 0).join(' | ')} |`,
    );
  console.log(
    `\n${count} files, seed ${seed}: slowest ${peak.seconds.toFixed(1)} s, most memory ${Math.round(peak.memory)} MiB`,
  );
  for (const failure of failures) console.log(failure);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

function start() {
  const worker = fork(fileURLToPath(import.meta.url), ['child'], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  worker.ready = once(worker, 'message');
  return worker;
}

/** @returns what came of the file; a silent or dead child is told apart */
async function ask(worker, job) {
  await worker.ready;
  return new Promise((resolve) => {
    const timer = setTimeout(() => settle({ result: 'HANG' }), SECONDS * 1000);
    const settle = (outcome) => {
      clearTimeout(timer);
      worker.off('message', settle);
      worker.off('exit', died);
      resolve(outcome);
    };
    const died = (code, signal) => settle({ result: 'CRASH', reason: `${signal ?? code}` });
    worker.on('message', settle);
    worker.on('exit', died);
    worker.send(job);
  });
}

async function child() {
  const escaped = [];
  for (const kind of ['uncaughtException', 'unhandledRejection'])
    process.on(kind, (error) => escaped.push(String(error?.stack ?? error)));
  const hash = hashBy(Buffer.alloc(32, 7));
  process.on('message', async ({ name, kind, bytes, folder }) => {
    const began = performance.now();
    let result = 'read';
    let reason;
    try {
      await use(name, kind, Buffer.from(bytes), folder, hash);
    } catch (error) {
      result = 'refused';
      reason = String(error?.message ?? error).slice(0, 200);
      // A reason is words for a user; a bug of ours has another name.
      if (error instanceof TypeError || error instanceof ReferenceError) {
        result = 'ESCAPED ERROR';
        reason = error.stack;
      }
    }
    await new Promise((resolve) => setImmediate(resolve));
    const memory = process.memoryUsage.rss() / 2 ** 20;
    if (escaped.length > 0) [result, reason] = ['ESCAPED ERROR', escaped.splice(0).join('; ')];
    else if (memory > MEMORY) result = 'MEMORY';
    process.send({ result, reason, memory, seconds: (performance.now() - began) / 1000 });
  });
  process.send('ready');
}

async function use(name, kind, bytes, folder, hash) {
  if (kind === 'csv' || kind === 'xlsx') return readSheet(name, bytes);
  if (!['zip', 'tar', 'tar.gz', 'npz'].includes(kind)) return decodeFile(name, bytes, RULES);
  const place = join(folder, name);
  writeFileSync(place, bytes);
  const source = await openSource(place, BOUNDS);
  mkdirSync(join(folder, 'out', 'images'), { recursive: true });
  const names = new Map(source.files.map(({ path }) => [path, hash.name(path)]));
  const rules = { ...RULES, folder: join(folder, 'out'), names, hash };
  for (const file of source.files) {
    if (kind !== 'npz') await readOne(source, file.path).catch(() => {});
    else {
      const image = { file, part: { images: /^/ }, key: '', fields: {}, masks: [] };
      const { reason } = await takeIn(source, image, { file, read: async () => bytes }, rules);
      if (reason) throw new Error(reason);
    }
  }
}

/** One to three hurts of a kind that disks, networks and adversaries do. */
function damage(bytes, seeds, draw) {
  let hurt = Buffer.from(bytes);
  const how = [];
  for (let n = 1 + draw.integer(3); n > 0; n--) {
    const kind = draw.pick([
      'flip',
      'flip',
      'head',
      'cut',
      'splice',
      'zero',
      'number',
      'repeat',
      'noise',
    ]);
    const at = draw.integer(Math.max(1, hurt.length));
    how.push(`${kind} at ${at}`);
    if (kind === 'flip')
      for (let k = 0; k < 8; k++) hurt[draw.integer(hurt.length)] ^= 1 << draw.integer(8);
    // Headers hold the lies that matter.
    if (kind === 'head')
      for (let k = 0; k < 4; k++)
        hurt[draw.integer(Math.min(512, hurt.length))] = draw.integer(256);
    if (kind === 'cut') hurt = hurt.subarray(0, at);
    if (kind === 'zero') hurt.fill(0, at, Math.min(hurt.length, at + 1 + draw.integer(200)));
    if (kind === 'number')
      hurt.fill(
        draw.pick([0xff, 0x7f, 0x80]),
        at,
        Math.min(hurt.length, at + draw.pick([2, 4, 8])),
      );
    if (kind === 'repeat')
      hurt = Buffer.concat([hurt.subarray(0, at), hurt.subarray(Math.floor(at / 2))]);
    if (kind === 'splice') {
      const other = draw.pick(seeds).bytes;
      hurt = Buffer.concat([hurt.subarray(0, at), other.subarray(draw.integer(other.length))]);
    }
    if (kind === 'noise') for (let k = 0; k < 64; k++) hurt[at + k] = draw.integer(256);
    if (hurt.length === 0) hurt = Buffer.from([0]);
    // Repeats would make every file large and the run slow.
    if (hurt.length > 2 ** 21) hurt = hurt.subarray(0, 2 ** 21);
  }
  return { how: how.join(', '), hurt: Buffer.from(hurt) };
}

async function madeFiles() {
  const side = 48;
  const grey = blobs(1, side);
  const raw = (channels) => ({ raw: { width: side, height: side, channels } });
  const rgb = Uint8Array.from({ length: 3 * grey.length }, (_, i) => grey[Math.floor(i / 3)]);
  const wide = Uint16Array.from(grey, (level) => level * 257);
  const fixtures = fileURLToPath(new URL('../packages/semise/src/data/', import.meta.url));
  const fixture = (name) => readFileSync(join(fixtures, name));
  const made = [
    ['png', 'a.png', await sharp(grey, raw(1)).png().toBuffer()],
    ['png', 'b.png', await sharp(wide, raw(1)).toColourspace('grey16').png().toBuffer()],
    ['png', 'c.png', await sharp(rgb, raw(3)).png({ palette: true }).toBuffer()],
    ['jpeg', 'a.jpg', await sharp(grey, raw(1)).jpeg().toBuffer()],
    ['jpeg', 'b.jpg', await sharp(rgb, raw(3)).jpeg({ progressive: true }).toBuffer()],
    [
      'tiff',
      'a.tif',
      await sharp(wide, raw(1)).toColourspace('grey16').tiff({ compression: 'lzw' }).toBuffer(),
    ],
    ['tiff', 'b.tif', await sharp(rgb, raw(3)).tiff({ compression: 'jpeg' }).toBuffer()],
    [
      'tiff',
      'c.tif',
      await sharp(grey, raw(1)).tiff({ tile: true, compression: 'deflate' }).toBuffer(),
    ],
    [
      'dicom',
      'a.dcm',
      patientFile(
        'P1',
        side,
        wide.map((level) => level >> 4),
      ),
    ],
    ...['las.nii', 'sagittal.nii.gz', 'nifti2.nii', 'series.nii'].map((name) => [
      'nifti',
      name,
      fixture(`decode/fixtures/${name}`),
    ]),
    ['npz', 'retinamnist.npz', fixture('decode/fixtures/retinamnist.npz')],
    ['xlsx', 'grades.xlsx', fixture('import/fixtures/grades.xlsx')],
    [
      'csv',
      'grades.csv',
      Buffer.from('image;subject;grade\n"a ""1"".png";p1;2\nb.png;=x;0\n'.repeat(20)),
    ],
  ];
  const zip = new yazl.ZipFile();
  for (const [, name, bytes] of made) zip.addBuffer(bytes, `set/${name}`);
  zip.end();
  made.push(['zip', 'set.zip', await buffer(zip.outputStream)]);
  const pack = tar.pack();
  for (const [, name, bytes] of made.slice(0, 8)) pack.entry({ name: `set/${name}` }, bytes);
  pack.finalize();
  const archive = await buffer(pack);
  made.push(['tar', 'set.tar', archive], ['tar.gz', 'set.tar.gz', gzipSync(archive)]);
  return made.map(([kind, name, bytes]) => ({ kind, name, bytes: Buffer.from(bytes) }));
}

/** Files of at most 256 KiB: larger ones would take the time and show nothing more. */
function realFiles(folder) {
  if (!folder) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(dcm|dicom)$/i.test(entry.name))
    .map((entry) => ({
      name: entry.name,
      bytes: readFileSync(join(entry.parentPath ?? entry.path, entry.name)),
    }))
    .filter(({ bytes }) => bytes.length <= 2 ** 18)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((file) => ({ ...file, kind: 'dicom' }));
}
