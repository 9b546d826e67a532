// DICOM among other files: known by its bytes, windowed as asked.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dicomFile, imageElements, words16 } from '../../testing/dicom.js';
import { formatOf } from './format.js';
import { decodeFile } from './index.js';
import { LIMITS } from './picture.js';
import type { DecodeRules } from './rules.js';

const VALUES = Array.from({ length: 256 }, (_, i) => i * 16);
const FILE = dicomFile(
  imageElements({ width: 16, height: 16, bits: [16, 12, 11] }),
  words16(VALUES),
);
const RULES: DecodeRules = {
  slices: 'middle',
  plane: 'axial',
  window: 'file',
  limits: LIMITS,
};

test('a file without preamble, and without name, is taken as what it is', async () => {
  const bare = FILE.subarray(132);
  assert.equal(formatOf('IM0001', bare), 'dicom');
  const [whole] = await decodeFile('a.dcm', FILE, RULES);
  const [found] = await decodeFile('IM0001', bare, RULES);
  assert.deepEqual(found.picture, whole.picture);
  assert.equal(formatOf('notes', Buffer.from('Patient was seen on Monday. '.repeat(40))), 'other');
});

test('centre and width span black to white, in modality units', async () => {
  const window = { center: 2000, width: 1001 };
  const [{ picture }] = await decodeFile('a.dcm', FILE, { ...RULES, window });
  const white = 2 ** picture.bits - 1;
  // PS3.3 C.11.2.1.2.1, LINEAR.
  const expected = VALUES.map((x) => Math.min(1, Math.max(0, (x - 1999.5) / 1000 + 0.5)));
  assert.deepEqual(
    Array.from(picture.pixels),
    expected.map((share) => Math.round(white * share)),
  );
});
