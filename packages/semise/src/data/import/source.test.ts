import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { test } from 'node:test';
import { createGzip } from 'node:zlib';
import tar from 'tar-stream';
import yazl from 'yazl';
import { InputError } from '../../errors.js';
import { writeTree } from '../../testing/pictures.js';
import { scratchFolder } from '../../testing/scratch.js';
import { LIMITS } from '../decode/picture.js';
import type { Source } from './files.js';
import { openSource } from './source.js';

const folder = scratchFolder();

async function contents(source: Source) {
  const all: Record<string, string> = {};
  const wanted = new Set(source.files.map(({ path }) => path));
  for await (const { file, read } of source.deliver(wanted))
    all[file.path] = (await read()).toString();
  return all;
}

const refusedOf = ({ refused }: Source) =>
  Object.fromEntries(refused.map(({ path, reason }) => [path, reason]));

/** Names of the same length put in the place of decent ones, which yazl insists on. */
async function zipFile(
  name: string,
  fill: (zip: yazl.ZipFile) => void,
  renamed: Record<string, string> = {},
): Promise<string> {
  const zip = new yazl.ZipFile();
  fill(zip);
  zip.end();
  let bytes = (await buffer(zip.outputStream)).toString('latin1');
  for (const [from, to] of Object.entries(renamed)) bytes = bytes.replaceAll(from, to);
  const file = join(folder, name);
  await writeFile(file, Buffer.from(bytes, 'latin1'));
  return file;
}

test('a folder: sorted, litter and links left out', async () => {
  const at = await writeTree(join(folder, 'plain'), {
    'b/2.png': 'two',
    'a.png': 'one',
    '.DS_Store': 'x',
    '__MACOSX/a.png': 'x',
    'out/labels.csv': 'x',
  });
  await symlink('/etc/passwd', join(at, 'link.png'));
  await symlink('/etc', join(at, 'c'));
  const source = await openSource(at, LIMITS, [join(at, 'out')]);
  assert.deepEqual(await contents(source), { 'a.png': 'one', 'b/2.png': 'two' });
  assert.deepEqual(refusedOf(source), {
    'link.png': 'is a symbolic link',
    c: 'is a symbolic link',
  });
  await assert.rejects(openSource(at, { ...LIMITS, files: 1 }), /more than 1 files/);
  const small = await openSource(at, { ...LIMITS, fileBytes: 2 });
  await assert.rejects(contents(small), /is 3 bytes, more than the 2 allowed/);
  await assert.rejects(openSource(join(folder, 'none'), LIMITS), InputError);
});

test('a zip: decent entries are read, hostile ones are listed', async () => {
  const file = await zipFile(
    'hostile.zip',
    (zip) => {
      zip.addBuffer(Buffer.from('one'), 'a/1.png');
      zip.addBuffer(Buffer.from('x'), 'xx/up.png');
      zip.addBuffer(Buffer.from('x'), 'Xabs.png');
      zip.addBuffer(Buffer.from('/etc/passwd'), 'link.png', { mode: 0o120777 });
      zip.addBuffer(Buffer.alloc(20_000_000), 'bomb.png');
      zip.addBuffer(Buffer.from('y'), 'back.png', { compress: false });
    },
    { 'xx/up.png': '../up.png', 'Xabs.png': '/abs.png' },
  );
  const source = await openSource(file, LIMITS);
  assert.deepEqual(await contents(source), { 'a/1.png': 'one', 'back.png': 'y' });
  const refused = refusedOf(source);
  assert.match(refused['bomb.png'], /^unpacks \d+ bytes to 20000000$/);
  delete refused['bomb.png'];
  assert.deepEqual(refused, {
    '../up.png': 'leads out of the archive',
    '/abs.png': 'has an absolute path',
    'link.png': 'is a symbolic link',
  });
});

test('a zip that lies about a size is stopped there', async () => {
  const file = await zipFile('lie.zip', (zip) => {
    zip.addBuffer(Buffer.alloc(5000, 'abc'), 'a.png');
  });
  const bytes = await readFile(file);
  const directory = bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  bytes.writeUInt32LE(10, directory + 24);
  await writeFile(file, bytes);
  await assert.rejects(contents(await openSource(file, LIMITS)), /too many bytes|size/i);
  await writeFile(file, bytes.subarray(0, 60));
  await assert.rejects(openSource(file, LIMITS), /lie\.zip: cannot be read as zip/);
});

test('a zip whose contents are far larger than it is refused as a whole', async () => {
  const file = await zipFile('large.zip', (zip) => {
    for (let i = 0; i < 70; i++) zip.addBuffer(Buffer.alloc(1000), `${i}.png`);
  });
  const bytes = await readFile(file);
  // Each says that it is 16 MiB, all that one may be unasked; together they are more than 1 GiB.
  for (let at = bytes.indexOf('PK\x01\x02'); at >= 0; at = bytes.indexOf('PK\x01\x02', at + 1))
    bytes.writeUInt32LE(2 ** 24, at + 24);
  await writeFile(file, bytes);
  await assert.rejects(openSource(file, LIMITS), /unpacks to more than 100 times its size/);
});

test('a tar, plain and gzipped', async () => {
  for (const name of ['a.tar', 'b.tar.gz']) {
    const pack = tar.pack();
    pack.entry({ name: './a/1.png' }, 'one');
    pack.entry({ name: '../up.png' }, 'x');
    pack.entry({ name: '/abs.png' }, 'x');
    pack.entry({ name: 'link.png', type: 'symlink', linkname: '/etc/passwd' });
    pack.entry({ name: 'b.csv' }, 'image,grade');
    pack.entry({ name: 'pipe', type: 'fifo' });
    pack.finalize();
    const file = join(folder, name);
    const out = createWriteStream(file);
    await (name.endsWith('gz') ? pipeline(pack, createGzip(), out) : pipeline(pack, out));
    if (!out.closed) await once(out, 'close');
    const source = await openSource(file, LIMITS);
    assert.deepEqual(await contents(source), { 'a/1.png': 'one', 'b.csv': 'image,grade' });
    assert.deepEqual(refusedOf(source), {
      '../up.png': 'leads out of the archive',
      '/abs.png': 'has an absolute path',
      'link.png': 'is a link',
      pipe: 'is a fifo',
    });
    const bytes = await readFile(file);
    await writeFile(file, bytes.subarray(0, Math.floor(bytes.length / 3) + 100));
    await assert.rejects(openSource(file, LIMITS), InputError);
  }
});
