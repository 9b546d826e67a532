import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { chooseSlices, niftiSlice, readNifti, type Volume } from './nifti.js';
import { LIMITS } from './picture.js';

// fixtures/make_goldens.py wrote the volumes, and what nibabel's as_closest_canonical makes of them.
const at = (name: string) => new URL(`../../../src/data/decode/fixtures/${name}`, import.meta.url);
const fixture = (name: string) => readFile(at(name));

test('values, orientation and spacing are those of nibabel', async () => {
  const goldens = JSON.parse(await readFile(at('nifti.json'), 'utf8'));
  for (const [name, { size, spacing, values }] of Object.entries<Record<string, number[]>>(
    goldens,
  )) {
    const volume = await readNifti(await fixture(name), LIMITS);
    assert.deepEqual(volume.size, size, name);
    assert.equal(volume.values.length, values.length, name);
    volume.values.forEach((value, i) => {
      assert.ok(Math.abs(value - values[i]) < 1e-4, `${name} ${i}: ${value}, not ${values[i]}`);
    });
    volume.spacing?.forEach((zoom, i) => {
      assert.ok(Math.abs(zoom - spacing[i]) < 1e-5, name);
    });
  }
});

/** Values 0 to 23 over 4 (right) x 3 (anterior) x 2 (superior). */
const cube: Volume = {
  size: [4, 3, 2],
  spacing: [1, 2, 5],
  values: Uint8Array.from({ length: 24 }, (_, i) => i),
  shown: null,
};

test('slices lie as radiologists look at them', () => {
  const axial = niftiSlice(cube, 'axial', 1, 'file');
  assert.deepEqual([axial.width, axial.height, axial.bits, axial.spacing], [4, 3, 8, [2, 1]]);
  // Patient's right (the highest x) at the left, anterior (the highest y) on top.
  assert.deepEqual([...axial.pixels], [23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12]);
  const coronal = niftiSlice(cube, 'coronal', 0, 'file');
  assert.deepEqual(
    [coronal.spacing, [...coronal.pixels]],
    [
      [5, 1],
      [15, 14, 13, 12, 3, 2, 1, 0],
    ],
  );
  const sagittal = niftiSlice(cube, 'sagittal', 0, 'file');
  assert.deepEqual(
    [sagittal.spacing, [...sagittal.pixels]],
    [
      [5, 2],
      [20, 16, 12, 8, 4, 0],
    ],
  );
});

test('windows span 16 bits', () => {
  const values = Float32Array.from({ length: 24 }, (_, i) => i - 10);
  const volume: Volume = { ...cube, values, shown: [0, 5] };
  const top = (window: Parameters<typeof niftiSlice>[3]) =>
    [...niftiSlice(volume, 'axial', 0, window).pixels].reverse();
  assert.deepEqual(top('file').slice(9), [0, 0, 13107]);
  assert.equal(top('range')[0], 0);
  assert.deepEqual(top({ center: -5, width: 10 }).slice(0, 3), [0, 6554, 13107]);
});

test('slices by rule', () => {
  const choose = (rule: Parameters<typeof chooseSlices>[2], mask: Volume | null = null) =>
    chooseSlices(cube, 'sagittal', rule, mask);
  assert.deepEqual(choose('all'), [0, 1, 2, 3]);
  assert.deepEqual(choose('middle'), [2]);
  assert.deepEqual(choose({ every: 2 }), [1, 3]);
  assert.deepEqual(choose({ every: 9 }), [2]);
  const marked = {
    ...cube,
    values: Uint8Array.from(cube.values, (v) => (v === 5 || v === 7 ? 1 : 0)),
  };
  assert.deepEqual(choose('largest-mask', marked), [1]);
  const more = { ...cube, values: Uint8Array.from(cube.values, (v) => (v % 4 === 3 ? 1 : 0)) };
  assert.deepEqual(choose('largest-mask', more), [3]);
  assert.throws(() => choose('largest-mask'), /no mask/);
  assert.throws(
    () => choose('largest-mask', { ...cube, size: [3, 4, 2] }),
    /its mask is 3 x 4 x 2/,
  );
});

test('a header that lies is refused, however the file is packed', async () => {
  const good = await fixture('las.nii');
  const change = (edit: (bytes: Buffer) => void) => {
    const bytes = Buffer.from(good);
    edit(bytes);
    return bytes;
  };
  const refused = (bytes: Buffer, reason: RegExp, limits = LIMITS) =>
    assert.rejects(readNifti(bytes, limits), reason);
  await refused(good.subarray(0, 360), /cut short/);
  await refused(
    change((b) => b.writeInt16LE(30_000, 42)),
    /cut short/,
  );
  await refused(
    change((b) => {
      for (const at of [42, 44, 46]) b.writeInt16LE(32_000, at);
    }),
    /voxels/,
  );
  await refused(
    change((b) => b.writeInt16LE(-4, 42)),
    /-4/,
  );
  await refused(
    change((b) => b.writeInt16LE(0, 44)),
    /0 x 1/,
  );
  await refused(
    change((b) => b.writeInt16LE(9, 40)),
    /dimensions/,
  );
  await refused(
    change((b) => b.writeInt16LE(32, 70)),
    /data type 32/,
  );
  await refused(
    change((b) => b.writeFloatLE(-1, 108)),
    /cut short/,
  );
  await refused(
    change((b) => b.writeFloatLE(Number.NaN, 108)),
    /cut short/,
  );
  await refused(Buffer.alloc(400), /not a NIfTI/);
  const bomb = gzipSync(Buffer.concat([good, Buffer.alloc(2 ** 22)]));
  await refused(bomb, /larger than|maxOutputLength|buffer/i, { ...LIMITS, fileBytes: 2 ** 20 });
  const packed = await fixture('sagittal.nii.gz');
  assert.ok(gunzipSync(packed).length > packed.length);
  await assert.rejects(readNifti(packed.subarray(0, 100), LIMITS));
});
