// A million images: how long the cache takes to build, to open and to draw batches from.
//
//   npm run build && node bench/million-images.mjs [--folder DIR] [--keep] [--decode-all] [--lmdb DIR]
//
// Makes a million small TIFF files whose colour says which image it is (4 GB of disk) and builds the
// cache at 64 px in colour (12 GB): 10,000 images by decoding, with a kill -9 in between; the shards of
// the others are filled with the pixels that decoding gives, which would take an hour (--decode-all
// takes it). Opens the cache in fresh processes, compares images drawn at random with a fresh decode,
// times batches against the training step they feed, adds ten images, writes docs/image-cache.md and
// deletes all (--keep: not; given again with --folder, what was made is used). `--images N` makes
// fewer and writes no page. `--lmdb DIR` also reads by mmap, through the package lmdb installed in DIR.

import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openEngine } from '@semise/autograd';
import sharp from 'sharp';

const page = new URL('../docs/image-cache.md', import.meta.url);
const library = (path) => import(new URL(`../packages/semise/dist/${path}`, import.meta.url));
const { imagePaths, openImageCache, readManifest } = await library('data/index.js');
const { openDataset } = await library('run/dataset.js');
const { decodeImage } = await library('data/image.js');

const { values: flags } = parseArgs({
  options: {
    images: { type: 'string', default: '1000000' },
    folder: { type: 'string' },
    keep: { type: 'boolean', default: false },
    'decode-all': { type: 'boolean', default: false },
    lmdb: { type: 'string' },
    stage: { type: 'string' },
  },
});
const COUNT = Number(flags.images);
const SIZE = 64;
const BATCH = 64;
const DECODED = flags['decode-all'] ? COUNT : Math.min(COUNT, 10_000);
const A_FOLDER = 1000;
const GRADED_SHARE = 0.02;
const decoding = { size: SIZE, channels: 3, fit: 'letterbox' };

const name = (i) => `images/${String(Math.floor(i / A_FOLDER)).padStart(4, '0')}/${i}.tif`;
const colour = (i) => [i & 255, (i >> 8) & 255, (i >> 16) & 255];
/** Numbers below `below` that look random and are the same each time. */
function draw(count, below, seed) {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  });
}

const STAGES = {
  /** Files of one colour, and labels.csv: two images a subject, 2 % graded. */
  async generate(folder) {
    const pixels = Buffer.alloc(8 * 8 * 3);
    for (let i = 0; i < pixels.length; i++) pixels[i] = 37 * i;
    const tiff = await sharp(pixels, { raw: { width: 8, height: 8, channels: 3 } })
      .tiff({ compression: 'none' })
      .toBuffer();
    const at = tiff.indexOf(pixels);
    const labels = openSync(join(folder, 'labels.csv'), 'w');
    writeSync(labels, 'image,subject,grade,site,age\n');
    for (let i = 0; i < COUNT + 10; i++) {
      if (i % A_FOLDER === 0) mkdirSync(join(folder, name(i), '..'), { recursive: true });
      for (let p = 0; p < 64; p++) tiff.set(colour(i), at + 3 * p);
      writeFileSync(join(folder, name(i)), tiff);
    }
    const rows = Array.from({ length: COUNT }, (_, i) => {
      const subject = i >> 1;
      const grade = subject % Math.round(1 / GRADED_SHARE) === 0 ? (subject / 50) % 5 : '';
      return `${name(i)},s${subject},${grade},${subject % 3 ? 'north' : 'south'},${20 + (subject % 70)}\n`;
    });
    for (let i = 0; i < COUNT; i += 10_000) writeSync(labels, rows.slice(i, i + 10_000).join(''));
    return { labelsMB: statSync(join(folder, 'labels.csv')).size / 1e6 };
  },

  /** Decodes until killed. */
  async half(folder) {
    await openImageCache(decodedPaths(folder), {
      ...decoding,
      onProgress: (done) => {
        if (done < DECODED / 2) return;
        writeFileSync(join(folder, 'half'), `${done}`);
        process.kill(process.pid, 'SIGKILL');
      },
    });
  },

  async rest(folder) {
    let decoded = 0;
    const began = performance.now();
    const onProgress = () => decoded++;
    const cache = await openImageCache(decodedPaths(folder), { ...decoding, onProgress });
    cache.close();
    return { decoded, imagesPerSecond: (decoded * 1000) / (performance.now() - began) };
  },

  /** The other shards, with the pixels that decoding would give. */
  async fill(folder) {
    const { keysOf } = await library('data/cache/build.js');
    const { KEY, rowsPerShard, writeShard } = await library('data/cache/shard.js');
    const bytes = 3 * SIZE ** 2;
    const rows = rowsPerShard(bytes);
    const pixels = new Uint8Array(bytes);
    for (let start = DECODED; start < COUNT; start += rows) {
      const length = Math.min(rows, COUNT - start);
      const paths = Array.from({ length }, (_, row) => join(folder, name(start + row)));
      const keys = await keysOf(paths);
      if (keys.length !== length * KEY) throw new Error('keys');
      await writeShard(storeFolder(), keys, bytes, async (write) => {
        for (let row = 0; row < length; row++) {
          colour(start + row).forEach((level, c) => {
            pixels.fill(level, c * SIZE ** 2, (c + 1) * SIZE ** 2);
          });
          await write(row, pixels);
        }
      });
    }
  },

  /** The first opening of this manifest: every row checked, every file looked at, shards searched. */
  first: open,

  /** What a run does first: the manifest and the cache. */
  open,

  /** Images drawn at random against a fresh decode. */
  async check(folder) {
    const manifest = await readManifest(join(folder, 'labels.csv'));
    const cache = await openImageCache(imagePaths(manifest), {
      ...decoding,
      onProgress: decodedAgain,
    });
    const images = draw(1000, COUNT, 7);
    for (const i of images) {
      const decoded = await decodeImage(join(folder, name(i)), decoding);
      if (!Buffer.from(cache.read(i)).equals(decoded)) throw new Error(`image ${i} is another`);
    }
    cache.close();
    return { compared: images.length };
  },

  /** The same and all else before the first step: splits, label budget, statistics. */
  async dataset(folder) {
    const began = performance.now();
    const dataset = await openDataset(datasetOptions(folder));
    dataset.cache.close();
    return { ms: performance.now() - began, peakMB: peakMB() };
  },

  /** Batches, as training draws them, against the step that they feed. */
  async batches(folder) {
    const { drawBatch } = await library('training/batches.js');
    const { methodOf, train } = await library('training/index.js');
    const { trainingDefaults } = await library('run/defaults.js');
    const dataset = await openDataset(datasetOptions(folder));
    const steps = 25;
    const config = {
      ...trainingDefaults({ data: '', out: '', method: 'semise', contrastWeight: 0.2, steps }),
      imageSize: SIZE,
      batch: BATCH,
      channels: 3,
      grades: dataset.manifest.grades,
      pixels: dataset.pixels,
      views: 'fundus',
    };
    const data = { ...dataset.training };
    const { plan } = methodOf(config, data).phases[0];
    const time = (work) => {
      const began = performance.now();
      work();
      return performance.now() - began;
    };
    let from = 0;
    const batches = (count) =>
      Array.from({ length: count }, () => time(() => drawBatch(config, data, plan, from++, 0)));
    const first = median(batches(200));
    from = 0;
    const again = median(batches(200));
    const blank = new Uint8Array(3 * SIZE ** 2);
    const drawn = Array.from({ length: 200 }, () =>
      time(() => drawBatch(config, { ...data, read: () => blank }, plan, from++, 0)),
    );
    const engine = await openEngine();
    const ends = [performance.now()];
    await train(config, data, engine, 0, { onStep: () => ends.push(performance.now()) });
    await engine.close();
    dataset.cache.close();
    const step = median(ends.slice(11).map((end, i) => end - ends[10 + i]));
    return { first, again, withoutReading: median(drawn), step };
  },

  /** The same images by positional reads and out of LMDB, which maps its file into memory. */
  async lmdb(folder) {
    const { open } = createRequire(join(flags.lmdb, 'package.json'))('lmdb');
    const manifest = await readManifest(join(folder, 'labels.csv'));
    const cache = await openImageCache(imagePaths(manifest), decoding);
    const within = Math.min(COUNT, 100_000);
    const database = open({
      path: join(folder, 'lmdb'),
      encoding: 'binary',
      keyEncoding: 'uint32',
      noSync: true,
    });
    database.transactionSync(() => {
      for (let i = 0; i < within; i++) database.putSync(i, Buffer.from(cache.read(i)));
    });
    const images = draw(20_000, within, 11);
    const microseconds = (read) => {
      const began = performance.now();
      for (const i of images) read(i);
      return ((performance.now() - began) * 1000) / images.length;
    };
    const positional = [];
    const mapped = [];
    for (let turn = 0; turn < 5; turn++) {
      positional.push(microseconds((i) => cache.read(i)));
      mapped.push(microseconds((i) => database.getBinary(i)));
    }
    cache.close();
    await database.close();
    rmSync(join(folder, 'lmdb'), { recursive: true, force: true });
    return { positional: median(positional.slice(1)), mapped: median(mapped.slice(1)) };
  },

  /** Ten images more. */
  async more(folder) {
    const labels = join(folder, 'more.csv');
    // New to the cache, also where this stage has run before.
    for (let i = COUNT; i < COUNT + 10; i++) {
      utimesSync(join(folder, name(i)), new Date(), new Date());
    }
    copyFileSync(join(folder, 'labels.csv'), labels);
    for (let i = COUNT; i < COUNT + 10; i++)
      appendFileSync(labels, `${name(i)},s${i >> 1},,,${Date.now()}\n`);
    const began = performance.now();
    const manifest = await readManifest(labels);
    let decoded = 0;
    const cache = await openImageCache(imagePaths(manifest), {
      ...decoding,
      onProgress: () => decoded++,
    });
    cache.close();
    return { decoded, seconds: (performance.now() - began) / 1000, peakMB: peakMB() };
  },
};

const decodedPaths = (folder) => Array.from({ length: DECODED }, (_, i) => join(folder, name(i)));
const decodedAgain = () => {
  throw new Error('an image was decoded again');
};
const storeFolder = () => {
  const store = readdirSync(process.env.SEMISE_CACHE).find((entry) => entry !== 'manifests');
  return join(process.env.SEMISE_CACHE, store);
};
/** Opens the manifest and the cache. */
async function open(folder) {
  const began = performance.now();
  const manifest = await readManifest(join(folder, 'labels.csv'));
  const read = performance.now();
  const cache = await openImageCache(imagePaths(manifest), {
    ...decoding,
    onProgress: decodedAgain,
  });
  cache.close();
  return { manifestMs: read - began, cacheMs: performance.now() - read, peakMB: peakMB() };
}
const peakMB = () => process.resourceUsage().maxRSS / 1024;
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const datasetOptions = (folder) => ({
  file: join(folder, 'labels.csv'),
  comparisons: null,
  labelBudget: 10,
  seed: 1,
  imageSize: SIZE,
  fit: 'letterbox',
  skipBad: false,
});

if (flags.stage) {
  const result = await STAGES[flags.stage](flags.folder);
  process.stdout.write(`${JSON.stringify(result ?? {})}\n`);
} else main();

function main() {
  const folder = flags.folder ?? mkdtempSync(join(tmpdir(), 'semise-million-'));
  mkdirSync(folder, { recursive: true });
  const results = {};
  /** Each stage in a process of its own, so that memory is its own. */
  const run = (stage) => {
    const args = [fileURLToPath(import.meta.url), '--stage', stage, '--folder', folder];
    if (flags.lmdb) args.push('--lmdb', flags.lmdb);
    if (flags['decode-all']) args.push('--decode-all');
    const env = { ...process.env, SEMISE_CACHE: join(folder, 'cache') };
    const began = performance.now();
    const { stdout, stderr, status, signal } = spawnSync(
      process.execPath,
      [...args, '--images', `${COUNT}`],
      { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 24 },
    );
    const seconds = (performance.now() - began) / 1000;
    if (stage === 'half' && signal === 'SIGKILL') return { seconds };
    if (status !== 0) throw new Error(`${stage}: ${signal ?? status} ${stderr}`);
    const result = { ...JSON.parse(stdout), seconds };
    process.stderr.write(`${stage}: ${JSON.stringify(result)}\n`);
    return result;
  };
  try {
    if (!existsSync(join(folder, 'built'))) {
      run('generate');
      run('half');
      const rest = run('rest');
      const killedAt = Number(readFileSync(join(folder, 'half'), 'utf8'));
      const fill = run('fill');
      const first = run('first');
      writeFileSync(join(folder, 'built'), JSON.stringify({ killedAt, rest, fill, first }));
    }
    Object.assign(results, JSON.parse(readFileSync(join(folder, 'built'), 'utf8')));
    results.open = Array.from({ length: 5 }, () => run('open'));
    results.dataset = Array.from({ length: 5 }, () => run('dataset'));
    results.check = run('check');
    results.batches = run('batches');
    if (flags.lmdb) results.lmdb = run('lmdb');
    results.more = run('more');
    process.stdout.write(`${JSON.stringify(results, null, 2)}\n`);
    if (COUNT === 1_000_000) writeFileSync(page, describe(results));
  } finally {
    if (!flags.keep) rmSync(folder, { recursive: true, force: true });
  }
}

function describe({ killedAt, rest, first, open, dataset, check, batches, lmdb, more }) {
  const s = (ms) => `${(ms / 1000).toFixed(2)} s`;
  const most = (runs, value) => Math.max(...runs.map(value));
  const rows = [
    [
      'manifest and cache opened (most of 5 processes)',
      `${s(most(open, (o) => o.manifestMs + o.cacheMs))}: ${s(most(open, (o) => o.manifestMs))} + ${s(most(open, (o) => o.cacheMs))}`,
    ],
    ['peak memory of such a process', `${most(open, (o) => o.peakMB).toFixed(0)} MB`],
    [
      'all before the first step: also splits, label budget, pixel statistics',
      `${s(most(dataset, (d) => d.ms))}, ${most(dataset, (d) => d.peakMB).toFixed(0)} MB`,
    ],
    [
      'first opening of this manifest, all images in shards',
      `${s(first.manifestMs)} + ${s(first.cacheMs)}, ${first.peakMB.toFixed(0)} MB`,
    ],
    [
      'ten images more',
      `${more.decoded} decoded, ${more.seconds.toFixed(1)} s, ${more.peakMB.toFixed(0)} MB`,
    ],
    [
      `a batch of ${BATCH} drawn from all images: each for the first time / again`,
      `${batches.first.toFixed(1)} / ${batches.again.toFixed(1)} ms, of that without reading ${batches.withoutReading.toFixed(1)} ms`,
    ],
    [
      'the step it feeds (small encoder, 64 px, method semise)',
      `${batches.step.toFixed(0)} ms; the batch is ${((100 * batches.first) / batches.step).toFixed(1)} / ${((100 * batches.again) / batches.step).toFixed(1)} % of it`,
    ],
    [
      'decoding killed (-9) and started again',
      `killed at ${killedAt} of ${DECODED}; then decoded ${rest.decoded} (${rest.imagesPerSecond.toFixed(0)} images/s)`,
    ],
    ['images drawn at random, equal to a fresh decode', `${check.compared} of ${check.compared}`],
  ];
  if (lmdb)
    rows.push([
      'an image read by position / out of LMDB (mmap)',
      `${lmdb.positional.toFixed(1)} / ${lmdb.mapped.toFixed(1)} us`,
    ]);
  const text = readFileSync(page, 'utf8');
  const [start, end] = ['<!-- figures -->', '<!-- end -->'];
  return `${text.slice(0, text.indexOf(start) + start.length)}

On ${cpus().length} cores, ${cpus()[0].model}, Node ${process.version}.

| a million images | |
|---|---|
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}

${text.slice(text.indexOf(end))}`;
}
