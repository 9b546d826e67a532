// De-identified files against the profile, against what must be gone, and against the programs that judge DICOM.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { deflateRawSync } from 'node:zlib';
import { InputError } from '../../errors.js';
import { semise } from '../../testing/command.js';
import {
  dicomFile,
  type Elements,
  imageElements,
  missing,
  runTool,
  words16,
} from '../../testing/dicom.js';
import { scratchFolder } from '../../testing/scratch.js';
import { openDicom } from '../dicom/dataset.js';
import { readDicom } from '../dicom/index.js';
import { itemOf, textOf } from '../dicom/text.js';
import { EXPLICIT_BIG, IMPLICIT_LITTLE } from '../dicom/transfer-syntax.js';
import { deidentifyDicom, openKey, remapUid, shiftDate, subjectHash } from './index.js';

const folder = scratchFolder();
const KEY = Buffer.alloc(32, 7);

const PIXELS = words16(Array.from({ length: 64 }, (_, i) => (i * 61) % 4096));
const SWAPPED = Buffer.from(PIXELS).swap16();
/** All that starts with SECRET must go, wherever it is. */
const IDENTIFIED: Elements = {
  ...imageElements({ width: 8, height: 8, bits: [16, 12, 11] }),
  '00080050 SH': 'SECRET-ACC',
  '00080080 LO': 'SECRET Hospital',
  '00080090 PN': 'SECRET^Referrer',
  '00081030 LO': 'SECRET study',
  '00081140': [
    {
      '00081150 UI': '1.2.840.10008.5.1.4.1.1.7',
      '00081155 UI': '1.2.826.0.1.3680043.8.498.1',
      '00100010 PN': 'SECRET^Nested',
      '00091001 LO': 'SECRET private',
    },
  ],
  '00090010 LO': 'SECRET creator',
  '00091001 LO': 'SECRET private',
  '00100010 PN': 'SECRET^Jane',
  '00100020 LO': 'SECRET-1',
  '00101040 LO': 'SECRET street 1',
  '00180015 CS': 'KNEE',
  '00181000 LO': 'SECRET serial',
  '00280301 CS': 'YES',
  '00400275': [{ '00400007 LO': 'SECRET step', '00321060 LO': 'SECRET procedure' }],
};

const cleaned = (file: Buffer) => {
  const made = deidentifyDicom(file, KEY);
  return { ...made, file: openDicom(made.bytes) };
};

const ENCODINGS = {
  'explicit little endian': dicomFile(IDENTIFIED, PIXELS),
  'implicit little endian': dicomFile(IDENTIFIED, PIXELS, IMPLICIT_LITTLE.uid, IMPLICIT_LITTLE),
  'explicit big endian': dicomFile(IDENTIFIED, SWAPPED, EXPLICIT_BIG.uid, EXPLICIT_BIG),
  deflated: (() => {
    const uid = '1.2.840.10008.1.2.1.99';
    const plain = dicomFile(IDENTIFIED, PIXELS, uid);
    const start = plain.indexOf('0800050043530a00', 0, 'hex');
    return Buffer.concat([plain.subarray(0, start), deflateRawSync(plain.subarray(start))]);
  })(),
};

for (const [name, source] of Object.entries(ENCODINGS)) {
  test(`${name}: nothing secret is left, pixels and syntax stay`, async () => {
    const made = cleaned(source);
    const { syntax, bytes, data, meta, pixelData } = made.file;
    assert.equal(syntax.uid, openDicom(source).syntax.uid);
    for (const part of [made.bytes, bytes]) {
      assert.ok(!Buffer.from(part).includes('SECRET'));
      assert.ok(!Buffer.from(part).includes('1.2.826.0.1.3680043'), 'old UIDs');
      assert.ok(!Buffer.from(part).includes('20200131'), 'old dates');
    }
    const pixels = bytes.subarray(pixelData!.dataOffset, pixelData!.dataOffset + pixelData!.length);
    assert.deepEqual(Buffer.from(pixels), syntax.littleEndian ? PIXELS : SWAPPED);

    const subject = subjectHash(KEY, 'SECRET-1');
    assert.deepEqual([textOf(data, 'x00100010'), textOf(data, 'x00100020')], [subject, subject]);
    assert.equal(textOf(data, 'x00120062'), 'YES');
    assert.match(textOf(data, 'x00120063') ?? '', /PS3\.15/);
    const codes = [0, 1].map((i) => textOf(itemOf(data, 'x00120064', i)!, 'x00080100'));
    assert.deepEqual(codes, ['113100', '113107']);
    assert.equal(textOf(data, 'x00180015'), 'KNEE', 'what the profile keeps');

    // The file, its meta information and what refers to it in a sequence agree on the new UID.
    const uid = remapUid(KEY, '1.2.826.0.1.3680043.8.498.1');
    assert.match(uid, /^2\.25\.\d{1,39}$/);
    assert.equal(textOf(data, 'x00080018'), uid);
    assert.equal(textOf(meta, 'x00020003'), uid);
    const reference = itemOf(data, 'x00081140')!;
    assert.equal(textOf(reference, 'x00081155'), uid);
    assert.equal(
      textOf(reference, 'x00081150'),
      '1.2.840.10008.5.1.4.1.1.7',
      'a class is no instance',
    );
    assert.deepEqual(
      Object.keys(data.elements).filter((tag) => Number.parseInt(tag.slice(1, 5), 16) % 2 === 1),
      [],
    );
    assert.deepEqual(made.warnings, [
      'Burned In Annotation is YES: identifying text is in the pixels',
    ]);
  });
}

test('distances between dates of a patient stay, patients differ, times stay', () => {
  const dated = (patient: string, date: string) => {
    const elements = { ...IDENTIFIED, '00100020 LO': patient, '00080020 DA': date };
    const { data } = cleaned(dicomFile(elements, PIXELS)).file;
    assert.equal(textOf(data, 'x00080030'), '101500');
    const text = textOf(data, 'x00080020')!;
    return Date.parse(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}`) / 86_400_000;
  };
  assert.equal(dated('A', '20200301') - dated('A', '20200131'), 30);
  assert.notEqual(dated('A', '20200131'), dated('B', '20200131'));
  assert.equal(shiftDate('20200301', 1), '20200229');
  assert.equal(shiftDate('1970.10.16', 15), '19701001');
  assert.equal(shiftDate('2020-03-01', 366), '2019-03-01');
  assert.equal(shiftDate('20200301101500.5+0100', 1), '20200229101500.5+0100');
  assert.equal(shiftDate('soon', 1), undefined);
});

test('a sequence that its writer declared UN is cleaned, too', () => {
  const item = Buffer.from(`100010000c000000${Buffer.from('SECRET^Inner').toString('hex')}`, 'hex');
  const header = Buffer.from('feff00e000000000', 'hex');
  header.writeUInt32LE(item.length, 4);
  const hidden = { ...IDENTIFIED, '00081115 UN': Buffer.concat([header, item]) };
  const made = cleaned(dicomFile(hidden, PIXELS));
  assert.ok(!Buffer.from(made.bytes).includes('SECRET'));
});

test('fragments of compressed pixel data stay byte for byte', async () => {
  const fragments = [Buffer.alloc(0), Buffer.from('0102', 'hex'), Buffer.alloc(100, 9)];
  const source = dicomFile(IDENTIFIED, fragments, '1.2.840.10008.1.2.5');
  const made = deidentifyDicom(source, KEY);
  const tail = source.subarray(source.indexOf('e07f10004f42', 0, 'hex'));
  assert.deepEqual(Buffer.from(made.bytes).subarray(-tail.length), tail);
  assert.throws(() => deidentifyDicom(source.subarray(0, -4), KEY), /cut short/);
});

test('the key is made once for its owner alone, and refused where it could be shared', async () => {
  const file = join(folder, 'a.key');
  const key = await openKey(file);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(await openKey(file), key);
  assert.equal(key.length, 32);
  const refused = (path: string, outside: string[], reason: RegExp) =>
    assert.rejects(openKey(path, outside), (error: Error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, reason);
      return true;
    });
  await refused(join(folder, 'out/b.key'), [join(folder, 'out')], /lies inside/);
  mkdirSync(join(folder, 'real'));
  symlinkSync(join(folder, 'real'), join(folder, 'link'));
  await refused(join(folder, 'link/b.key'), [join(folder, 'real')], /lies inside/);
  writeFileSync(join(folder, 'c.key'), 'hello', { mode: 0o600 });
  await refused(join(folder, 'c.key'), [], /not a key file/);
  writeFileSync(join(folder, 'd.key'), `${'a'.repeat(64)}\n`, { mode: 0o644 });
  await refused(join(folder, 'd.key'), [], /others can read/);
});

const source = join(folder, 'SECRET scans');
mkdirSync(join(source, 'SECRET^Jane'), { recursive: true });
for (const [i, bytes] of Object.values(ENCODINGS).entries()) {
  const uid = `1.2.826.0.1.3680043.8.498.1${i}`;
  const text = bytes.toString('latin1').replaceAll('1.2.826.0.1.3680043.8.498.1\0', `${uid}`);
  // The deflated one keeps its UID inside the stream.
  writeFileSync(join(source, 'SECRET^Jane', `${i}`), i === 3 ? bytes : Buffer.from(text, 'latin1'));
}
writeFileSync(join(source, 'notes.txt'), 'SECRET notes');
const out = join(folder, 'shared');
const ran = semise(['deidentify', source, '--out', out, '--key', join(folder, 'b.key')]);

test('semise deidentify writes pseudonymous names, a report without values, and says what it left', async () => {
  const { code, stdout, stderr } = await ran;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /4 files of 1 subjects/);
  assert.match(stdout, /removed: .*StudyDescription \(4\)/);
  assert.match(stderr, /left out .*notes\.txt: not a DICOM file/);
  const names = readdirSync(out, { recursive: true, withFileTypes: true });
  assert.equal(names.filter(({ name }) => name.endsWith('.dcm')).length, 4);
  for (const { parentPath, name } of names) {
    assert.ok(!name.includes('SECRET'));
    if (/\.(json|txt)$/.test(name)) {
      const text = readFileSync(join(parentPath, name), 'utf8');
      assert.ok(!text.includes('SECRET') && text.includes('left out') === name.endsWith('.txt'));
    }
    if (name.endsWith('.dcm')) {
      const image = await readDicom(readFileSync(join(parentPath, name)));
      assert.deepEqual(Buffer.from(image.stored.data.buffer as ArrayBuffer), PIXELS);
    }
  }
  const again = await semise(['deidentify', source, '--out', out, '--key', join(folder, 'b.key')]);
  assert.equal(again.code, 2);
  assert.match(again.stderr, /not empty/);
});

/** Errors that dciodvfy finds, sorted. It cannot inflate, so the deflated file is not asked about. */
const errorsOf = (file: string): string[] =>
  spawnSync('dciodvfy', ['-new', file], { encoding: 'latin1' })
    .stderr.split('\n')
    .filter((line) => line.startsWith('Error'))
    .sort();

test('dciodvfy finds no error that the source has not', { skip: missing('dciodvfy') }, async () => {
  await ran;
  const before = new Set(
    [0, 1, 2].flatMap((i) => errorsOf(join(source, 'SECRET^Jane', String(i)))),
  );
  const files = readdirSync(out, { recursive: true, encoding: 'utf8' });
  for (const name of files.filter((one) => one.endsWith('.dcm'))) {
    if (openDicom(readFileSync(join(out, name))).syntax.deflated) continue;
    assert.deepEqual(
      errorsOf(join(out, name)).filter((error) => !before.has(error)),
      [],
    );
  }
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('Orthanc takes every exported file', { skip: missing('Orthanc') }, async (t) => {
  await ran;
  const [http, dicom] = [await freePort(), await freePort()];
  const config = join(folder, 'orthanc.json');
  writeFileSync(
    config,
    JSON.stringify({
      StorageDirectory: join(folder, 'orthanc'),
      IndexDirectory: join(folder, 'orthanc'),
      HttpPort: http,
      DicomPort: dicom,
      RemoteAccessAllowed: false,
      AuthenticationEnabled: false,
      Plugins: [],
    }),
  );
  const server = spawn('Orthanc', [config], { stdio: 'ignore' });
  t.after(() => server.kill());
  const url = `http://127.0.0.1:${http}`;
  for (let i = 0; i < 100; i++) {
    if (await fetch(`${url}/system`).catch(() => undefined)) break;
    await delay(200);
  }
  const files = readdirSync(out, { recursive: true, encoding: 'utf8' });
  for (const name of files.filter((one) => one.endsWith('.dcm'))) {
    const body = new Uint8Array(readFileSync(join(out, name)));
    const response = await fetch(`${url}/instances`, { method: 'POST', body });
    const stored = (await response.json()) as { ID: string; Status: string };
    assert.deepEqual([response.status, stored.Status], [200, 'Success'], name);
    const tags = await (await fetch(`${url}/instances/${stored.ID}/simplified-tags`)).json();
    const { PatientID, PatientIdentityRemoved } = tags as Record<string, string>;
    assert.deepEqual([PatientID.length, PatientIdentityRemoved], [16, 'YES']);
  }
});

test('storescp takes what storescu sends', { skip: missing('storescp', 'storescu') }, async (t) => {
  await ran;
  const port = String(await freePort());
  const received = join(folder, 'received');
  mkdirSync(received);
  const server = spawn('storescp', ['+xa', '-od', received, port], { stdio: 'ignore' });
  t.after(() => server.kill());
  await delay(500);
  runTool('storescu', '-R', '+sd', '+r', '+sp', '*.dcm', '127.0.0.1', port, out);
  assert.equal(readdirSync(received).length, 4);
});
