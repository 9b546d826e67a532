// Real files of many makers, where a copy of the sample collection is: its index says what pydicom read.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { InputError } from '../../errors.js';
import { sampleFolder } from '../../testing/dicom.js';
import { readDicom } from './index.js';

interface Row {
  readonly file: string;
  readonly transfer_syntax_uid: string;
  readonly rows: string;
  readonly columns: string;
  readonly frames: string;
  /** Of all frames, as in `(512, 512) int16 min -2000 max 2278`. */
  readonly decode_check_pydicom: string;
}

/** Files that semise refuses, and why. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  'MR_truncated.dcm': /cut short/,
  'no_meta.dcm': /not a DICOM file/,
  'liver_nonbyte_aligned_rle.dcm': /RLE of single bits/,
  'parametric_map_float.dcm': /floating-point/,
  'SC_rgb_rle_32bit.dcm': /32 bits allocated/,
  'rtdose.dcm': /32 bits allocated/,
  'rtdose_rle.dcm': /32 bits allocated/,
};

const folder = sampleFolder();
const skip = folder ? false : 'no dicom_samples folder (SEMISE_DATASETS)';

test('every sample decodes to what pydicom read, or is refused for a reason', {
  skip,
}, async () => {
  const rows: Row[] = parse(readFileSync(join(folder!, 'index.csv')), { columns: true });
  let compared = 0;
  for (const row of rows) {
    const bytes = readFileSync(join(folder!, row.file));
    const reason = REFUSED[row.file.replace('files/', '')];
    if (reason) {
      await assert.rejects(readDicom(bytes), (error: Error) => {
        assert.ok(error instanceof InputError);
        assert.match(error.message, reason, row.file);
        return true;
      });
      continue;
    }
    const frames = Number(row.frames);
    let [low, high] = [Infinity, -Infinity];
    for (let frame = 0; frame < Math.min(frames, 30); frame++) {
      const image = await readDicom(bytes, { frame });
      assert.deepEqual(
        [image.height, image.width],
        [Number(row.rows), Number(row.columns)],
        row.file,
      );
      for (const value of image.stored.data) {
        if (value < low) low = value;
        if (value > high) high = value;
      }
    }
    const [, from, to] = /min (-?\d+) max (-?\d+)$/.exec(row.decode_check_pydicom) ?? [];
    // Where the index has a range: pydicom gives RGB for these colour images, we the stored YBR.
    if (!from || row.transfer_syntax_uid === '1.2.840.10008.1.2.4.50') continue;
    assert.deepEqual([low, high], [Number(from), Number(to)], row.file);
    compared++;
  }
  assert.ok(compared > 40, `${compared} files compared`);
});
