import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import { InputError } from '../../errors.js';
import { PHANTOM_DEFAULTS, type PhantomFiles, writePhantom } from './index.js';

type Row = Record<string, string>;

const SMALL = { seed: 7, size: 48, subjects: 40, comparisons: 60, graded: 20 } as const;

let scratch: string;
before(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'semise-phantom-'));
});
after(() => rm(scratch, { recursive: true, force: true }));

async function table(file: string): Promise<Row[]> {
  return parse(await readFile(file, 'utf8'), { columns: true });
}

/** One hash over the names and bytes of every file of a folder. */
async function fingerprint(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const names = files.map((entry) => path.join(entry.parentPath, entry.name)).sort();
  for (const name of names) hash.update(path.relative(folder, name)).update(await readFile(name));
  return hash.digest('hex');
}

/** Spearman's rank correlation, ties by mean rank. */
function spearman(a: number[], b: number[]): number {
  const ranks = (x: number[]) =>
    x.map((v) => x.filter((w) => w < v).length + (x.filter((w) => w === v).length - 1) / 2);
  const [r, s] = [ranks(a), ranks(b)];
  const middle = (a.length - 1) / 2;
  const dot = (u: number[], v: number[]) =>
    u.reduce((sum, x, i) => sum + (x - middle) * (v[i] - middle), 0);
  return dot(r, s) / Math.sqrt(dot(r, r) * dot(s, s));
}

const mean = (x: number[]) => x.reduce((sum, v) => sum + v, 0) / x.length;

for (const modality of ['fundus', 'ultrasound'] as const) {
  describe(`a ${modality} cohort`, () => {
    let files: PhantomFiles;
    let labels: Row[];
    let truth: Row[];
    let progress: [number, number][];

    before(async () => {
      progress = [];
      const onProgress = (done: number, total: number) => progress.push([done, total]);
      files = await writePhantom({
        ...SMALL,
        modality,
        out: path.join(scratch, modality),
        onProgress,
      });
      labels = await table(files.labels);
      truth = await table(files.truth);
    });

    test('has the images, subjects and tables it says', async () => {
      assert.equal(labels.length, files.images);
      assert.equal(new Set(labels.map((row) => row.subject)).size, SMALL.subjects);
      assert.equal(new Set(labels.map((row) => row.image)).size, files.images);
      assert.deepEqual(
        truth.map((row) => [row.image, row.subject]),
        labels.map((row) => [row.image, row.subject]),
      );
      assert.deepEqual(progress.at(-1), [files.images, files.images]);
      assert.equal((await readdir(path.join(files.folder, 'images'))).length, files.images);
      const perSubject = new Map<string, number>();
      for (const row of labels) perSubject.set(row.subject, (perSubject.get(row.subject) ?? 0) + 1);
      for (const n of perSubject.values()) assert.ok(n >= 1 && n <= 3);
      for (const row of labels) {
        const image = await sharp(path.join(files.folder, row.image)).metadata();
        const channels = modality === 'fundus' ? 3 : 1;
        assert.deepEqual([image.width, image.height, image.channels], [48, 48, channels]);
      }
    });

    test('keeps a subject in one split, with its own site, age, sex and device', () => {
      const seen = new Map<string, string>();
      for (const { subject, split, site, age, sex, device } of labels) {
        const facts = [split, site, age, sex, device].join();
        assert.equal(seen.get(subject) ?? facts, facts);
        seen.set(subject, facts);
      }
      const count = (split: string) =>
        [...seen.values()].filter((facts) => facts.startsWith(split)).length;
      assert.deepEqual([count('train'), count('validation'), count('test')], [24, 6, 10]);
    });

    test('grades all of validation and test, and as many of train as asked, four a class', () => {
      const perGrade = [0, 0, 0, 0, 0];
      for (const { grade, split } of labels) {
        if (split !== 'train') assert.match(grade, /^[0-4]$/);
        else if (grade !== '') perGrade[Number(grade)]++;
      }
      assert.equal(
        perGrade.reduce((a, b) => a + b),
        SMALL.graded,
      );
      assert.ok(Math.max(...perGrade) <= 5, `unevenly spread: ${perGrade}`);
    });

    test('cuts true grades from the severity, and the rater mostly agrees', () => {
      for (const { severity, grade } of truth) {
        const s = Number(severity);
        assert.ok(s >= 0 && s <= 1);
        assert.equal(Number(grade), Math.min(4, Math.floor(5 * s)));
      }
      const read = labels.flatMap((row, i) =>
        row.grade === '' ? [] : [Math.abs(Number(row.grade) - Number(truth[i].grade))],
      );
      assert.ok(Math.max(...read) <= 2);
      assert.ok(mean(read) > 0 && mean(read) < 0.45, `mean rater error ${mean(read)}`);
    });

    test('draws more lesion with more severity, on subjects that lie close together', () => {
      const severity = truth.map((row) => Number(row.severity));
      const area = truth.map((row) => Number(row.lesion_area));
      assert.ok(spearman(severity, area) > 0.8, `rho ${spearman(severity, area)}`);
      const first = new Map<string, number>();
      for (const [i, { subject }] of truth.entries()) {
        if (!first.has(subject)) first.set(subject, severity[i]);
        assert.ok(Math.abs(severity[i] - first.get(subject)!) < 0.25);
      }
    });

    test('masks exactly the lesions: empty only where the truth says none', async () => {
      for (const [i, { mask }] of labels.entries()) {
        const values = await sharp(path.join(files.folder, mask)).greyscale().raw().toBuffer();
        assert.equal(values.length, 48 * 48);
        assert.ok(values.every((value) => value === 0 || value === 255));
        const area = values.filter((value) => value === 255).length;
        assert.equal(area, Number(truth[i].lesion_area));
        assert.equal(area > 0, Number(truth[i].lesions) > 0);
        assert.equal(area > 0, Number(truth[i].grade) > 0);
      }
    });

    test('shows the lesions: pixels under the mask stand out from their surroundings', async () => {
      const contrast = async (image: string, mask: string) => {
        const read = (file: string) => sharp(path.join(files.folder, file)).greyscale();
        const fine = await read(image).raw().toBuffer();
        const smooth = await read(image).blur(6).raw().toBuffer();
        const inside = await read(mask).raw().toBuffer();
        const off = (lesion: boolean) =>
          [...fine.keys()].flatMap((p) => {
            const [x, y] = [p % 48, Math.floor(p / 48)];
            const central = Math.hypot(x - 24, y - 24) < 17;
            return central && inside[p] > 0 === lesion ? [Math.abs(fine[p] - smooth[p])] : [];
          });
        return mean(off(true)) / mean(off(false));
      };
      const severe = labels.filter((_, i) => Number(truth[i].grade) >= 3);
      const ratios = await Promise.all(severe.map((row) => contrast(row.image, row.mask)));
      assert.ok(mean(ratios) > 1.2, `contrast ratio ${mean(ratios)}`);
    });

    test('asks a rater who is wrong exactly as often as stated', async () => {
      const severity = new Map(truth.map((row) => [row.image, Number(row.severity)]));
      const row = new Map(labels.map((label) => [label.image, label]));
      const answers = await table(files.comparisons);
      assert.equal(answers.length, SMALL.comparisons);
      let wrong = 0;
      const pairs = new Set<string>();
      for (const { more_severe: more, less_severe: less, rater } of answers) {
        assert.equal(row.get(more)?.split, 'train');
        assert.equal(row.get(less)?.split, 'train');
        assert.notEqual(row.get(more)?.subject, row.get(less)?.subject);
        assert.ok(rater.length > 0);
        pairs.add([more, less].sort().join());
        if (severity.get(more)! < severity.get(less)!) wrong++;
      }
      assert.equal(pairs.size, answers.length, 'a pair is asked twice');
      assert.equal(wrong, Math.round(PHANTOM_DEFAULTS.wrongComparisons * SMALL.comparisons));
    });

    test('is the same to the byte for the same seed, another for another', async () => {
      const again = await writePhantom({ ...SMALL, modality, out: path.join(scratch, 'again') });
      assert.equal(await fingerprint(again.folder), await fingerprint(files.folder));
      const other = { ...SMALL, seed: 8, modality, out: path.join(scratch, 'other') };
      const changed = await writePhantom(other);
      assert.notEqual(await fingerprint(changed.folder), await fingerprint(files.folder));
      await rm(again.folder, { recursive: true });
      await rm(changed.folder, { recursive: true });
    });
  });
}

test('confounders tie site, device mark and age to severity; without them they are free', async () => {
  const gaps = async (confounders: (typeof PHANTOM_DEFAULTS)['confounders'], name: string) => {
    const out = path.join(scratch, name);
    const files = await writePhantom({ ...SMALL, size: 32, subjects: 200, confounders, out });
    const labels = await table(files.labels);
    const severity = (await table(files.truth)).map((row) => Number(row.severity));
    const gap = (isHigh: (row: Row) => boolean) =>
      mean(severity.filter((_, i) => isHigh(labels[i]))) -
      mean(severity.filter((_, i) => !isHigh(labels[i])));
    const corner = async (device: string) => {
      const image = labels.find((row) => row.device === device)!.image;
      const pixels = await sharp(path.join(files.folder, image)).greyscale().raw().toBuffer();
      return pixels[1 * 32 + 2];
    };
    return {
      site: gap((row) => row.site === 'site-2'),
      device: gap((row) => row.device === 'device-B'),
      age: gap((row) => Number(row.age) > 58),
      mark: (await corner('device-B')) - (await corner('device-A')),
    };
  };
  const free = await gaps({}, 'free');
  const tied = await gaps(
    { siteSeverity: true, deviceMarker: true, ageSeverity: true },
    'confounded',
  );
  for (const fact of ['site', 'device', 'age'] as const) {
    assert.ok(Math.abs(free[fact]) < 0.1, `${fact} ${free[fact]}`);
    assert.ok(tied[fact] > 0.18, `${fact} ${tied[fact]}`);
  }
  assert.ok(Math.abs(free.mark) < 20 && tied.mark > 150, `${free.mark}, ${tied.mark}`);
});

test('one site, no masks, all graded, two grades', async () => {
  const out = path.join(scratch, 'plain');
  const files = await writePhantom({
    ...SMALL,
    sites: 1,
    masks: false,
    graded: 'all',
    grades: 2,
    out,
  });
  for (const { site, mask, grade } of await table(files.labels)) {
    assert.deepEqual([site, mask], ['site-1', '']);
    assert.match(grade, /^[01]$/);
  }
  assert.ok(!existsSync(path.join(out, 'masks')));
});

test('one device for all: B burns its mark, nothing else differs', async () => {
  const [a, b] = await Promise.all(
    (['A', 'B'] as const).map((device) =>
      writePhantom({
        ...SMALL,
        subjects: 5,
        graded: 0,
        comparisons: 0,
        device,
        out: path.join(scratch, `device-${device}`),
      }),
    ),
  );
  const [rows, others] = [await table(a.labels), await table(b.labels)];
  assert.deepEqual(
    rows.map((row) => ({ ...row, device: 'device-B' })),
    others,
  );
  const corner = async (folder: string, { image }: Row) => {
    const { data } = await sharp(path.join(folder, image))
      .raw()
      .toBuffer({ resolveWithObject: true });
    return data[3 * (2 * SMALL.size + 4)];
  };
  for (const row of rows) {
    assert.ok((await corner(a.folder, row)) < 60);
    assert.ok((await corner(b.folder, row)) > 180);
  }
});

test('an aged lens takes the more blue light the older the eye, and nothing else differs', async () => {
  const [clear, aged] = await Promise.all(
    [false, true].map((agedLens) =>
      writePhantom({
        ...SMALL,
        subjects: 30,
        graded: 0,
        comparisons: 0,
        agedLens,
        out: path.join(scratch, `lens-${agedLens}`),
      }),
    ),
  );
  const rows = await table(clear.labels);
  assert.deepEqual(rows, await table(aged.labels));
  const light = async (folder: string, { image }: Row) => {
    const { channels } = await sharp(path.join(folder, image)).stats();
    return channels.map((channel) => channel.mean);
  };
  const left = await Promise.all(
    rows.map(async (row) => {
      const [before, after] = [await light(clear.folder, row), await light(aged.folder, row)];
      return { age: Number(row.age), share: after.map((level, c) => level / before[c]) };
    }),
  );
  for (const { age, share } of left) {
    assert.ok(Math.abs(share[0] - 1) < 0.02, `red at ${age}: ${share[0]}`);
    if (age > 30) assert.ok(share[2] < share[1] && share[1] < 1, `${age}: ${share}`);
  }
  const blue = (of: (age: number) => boolean) =>
    mean(left.filter(({ age }) => of(age)).map(({ share }) => share[2]));
  assert.ok(blue((age) => age > 65) < blue((age) => age < 50) - 0.1);
});

describe('refusals', () => {
  const refused = (options: Parameters<typeof writePhantom>[0], message: RegExp) =>
    assert.rejects(writePhantom(options), (error: unknown) => {
      assert.ok(error instanceof InputError, String(error));
      assert.match(error.message, message);
      return true;
    });

  test('a used folder is left alone; an empty one is taken', async () => {
    const out = path.join(scratch, 'used');
    await mkdir(out);
    await writeFile(path.join(out, 'mine.txt'), 'mine');
    await refused({ ...SMALL, out }, /used: the folder is not empty/);
    assert.deepEqual(await readdir(out), ['mine.txt']);
    await refused({ ...SMALL, out: path.join(out, 'mine.txt') }, /is not a folder/);
    await rm(path.join(out, 'mine.txt'));
    await writePhantom({ ...SMALL, subjects: 5, graded: 0, comparisons: 0, out });
    assert.ok(existsSync(path.join(out, 'labels.csv')));
  });

  test('options out of bounds are named', async () => {
    const out = path.join(scratch, 'never');
    await refused({ ...SMALL, out, subjects: 0 }, /subjects is 0/);
    await refused({ ...SMALL, out, size: 8 }, /size is 8/);
    await refused({ ...SMALL, out, imagesPerSubject: [3, 1] }, /imagesPerSubject is 1/);
    await refused({ ...SMALL, out, difficulty: 1.5 }, /difficulty is 1.5/);
    await refused({ ...SMALL, out, wrongComparisons: Number.NaN }, /wrongComparisons is NaN/);
    await refused({ ...SMALL, out, graded: 1000 }, /graded is 1000, but the training split has/);
    await refused({ ...SMALL, out, comparisons: 100_000 }, /comparisons is 100000, more than/);
    assert.ok(!existsSync(out));
  });

  test('an interrupted writing leaves nothing behind', async () => {
    const folder = path.join(scratch, 'interrupted');
    await mkdir(folder);
    const onProgress = (done: number) => {
      if (done > 10) throw new Error('stop');
    };
    const out = path.join(folder, 'cohort');
    await assert.rejects(writePhantom({ ...SMALL, out, onProgress }), /stop/);
    assert.deepEqual(await readdir(folder), []);
  });
});
