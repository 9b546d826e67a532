// Every transfer syntax against dcmtk, gdcm and OpenJPH: they encode one source image, we decode. Identical for
// lossless, within 1 level of what they decode themselves for lossy.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { random } from '../../random.js';
import {
  dcmtkPixels,
  dicomFile,
  imageElements,
  missing,
  type Picture,
  runTool,
  words16,
} from '../../testing/dicom.js';
import { scratchFolder } from '../../testing/scratch.js';
import { readDicom } from './index.js';

const folder = scratchFolder();

/** Smooth structure and noise over the whole range, so that codecs have both. */
function draw({ width, height, channels = 1, bits: [, stored], signed, frames = 1 }: Picture) {
  const rng = random(7, 'syntaxes');
  const top = 2 ** stored;
  return Array.from({ length: frames * width * height * channels }, (_, i) => {
    const pixel = Math.floor(i / channels);
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    const smooth = 0.5 + 0.4 * Math.sin(x / 9 + (i % channels)) * Math.cos(y / 7);
    const value = Math.floor(
      top * Math.min(0.999, Math.max(0, smooth + 0.1 * (rng.uniform() - 0.5))),
    );
    return signed ? value - top / 2 : value;
  });
}

interface Source {
  readonly picture: Picture;
  readonly values: number[];
  readonly file: string;
}

function source(name: string, picture: Picture): Source {
  const values = draw(picture);
  const pixels = picture.bits[0] === 16 ? words16(values) : Buffer.from(values);
  const file = join(folder, `${name}.dcm`);
  writeFileSync(file, dicomFile(imageElements(picture), pixels));
  return { picture, values, file };
}

const SOURCES = {
  grey8: source('grey8', { width: 61, height: 47, bits: [8, 8, 7] }),
  grey12: source('grey12', { width: 61, height: 47, bits: [16, 12, 11] }),
  signed16: source('signed16', { width: 61, height: 47, bits: [16, 16, 15], signed: true }),
  rgb: source('rgb', { width: 64, height: 48, channels: 3, bits: [8, 8, 7] }),
  frames: source('frames', { width: 32, height: 24, bits: [16, 12, 11], frames: 5 }),
};

/** A program, its arguments before the two file names, the source and what the file must say it is. */
type Case = readonly [command: string, source: keyof typeof SOURCES, uid: string];

const LOSSLESS: readonly Case[] = [
  ['dcmconv +ti', 'grey12', '1.2.840.10008.1.2'],
  ['dcmconv +te', 'grey12', '1.2.840.10008.1.2.1'],
  ['dcmconv +tb', 'grey12', '1.2.840.10008.1.2.2'],
  ['dcmconv +tb', 'signed16', '1.2.840.10008.1.2.2'],
  ['dcmconv +tb', 'rgb', '1.2.840.10008.1.2.2'],
  ['dcmconv +td', 'grey12', '1.2.840.10008.1.2.1.99'],
  ['dcmcrle', 'grey8', '1.2.840.10008.1.2.5'],
  ['dcmcrle', 'grey12', '1.2.840.10008.1.2.5'],
  ['dcmcrle', 'signed16', '1.2.840.10008.1.2.5'],
  ['dcmcrle', 'rgb', '1.2.840.10008.1.2.5'],
  ['dcmcrle', 'frames', '1.2.840.10008.1.2.5'],
  ['dcmcjpeg +e1', 'grey8', '1.2.840.10008.1.2.4.70'],
  ['dcmcjpeg +e1', 'grey12', '1.2.840.10008.1.2.4.70'],
  ['dcmcjpeg +e1', 'signed16', '1.2.840.10008.1.2.4.70'],
  ['dcmcjpeg +e1', 'rgb', '1.2.840.10008.1.2.4.70'],
  ['dcmcjpeg +e1 -ot', 'frames', '1.2.840.10008.1.2.4.70'],
  ...[2, 3, 4, 5, 6, 7].map(
    (sv): Case => [`dcmcjpeg +el +sv ${sv}`, 'grey12', '1.2.840.10008.1.2.4.57'],
  ),
  ['dcmcjpls +el', 'grey8', '1.2.840.10008.1.2.4.80'],
  ['dcmcjpls +el', 'grey12', '1.2.840.10008.1.2.4.80'],
  ['dcmcjpls +el', 'signed16', '1.2.840.10008.1.2.4.80'],
  ['dcmcjpls +el +il', 'rgb', '1.2.840.10008.1.2.4.80'],
  ['dcmcjpls +el +is', 'rgb', '1.2.840.10008.1.2.4.80'],
  ['dcmcjpls +el +in', 'rgb', '1.2.840.10008.1.2.4.80'],
  ['dcmcjpls +el +fs 1', 'frames', '1.2.840.10008.1.2.4.80'],
  ['gdcmconv --j2k', 'grey8', '1.2.840.10008.1.2.4.90'],
  ['gdcmconv --j2k', 'grey12', '1.2.840.10008.1.2.4.90'],
  ['gdcmconv --j2k', 'signed16', '1.2.840.10008.1.2.4.90'],
  ['gdcmconv --j2k', 'rgb', '1.2.840.10008.1.2.4.90'],
  ['gdcmconv --j2k', 'frames', '1.2.840.10008.1.2.4.90'],
];

function encode(command: string, name: keyof typeof SOURCES): string {
  const [program, ...options] = command.split(' ');
  const out = join(mkdtempSync(join(folder, 'made-')), 'image.dcm');
  runTool(program, ...options, SOURCES[name].file, out);
  return out;
}

for (const [command, name, uid] of LOSSLESS) {
  test(`${command}, ${name}: identical`, { skip: missing(command.split(' ')[0]) }, async () => {
    const bytes = readFileSync(encode(command, name));
    const { values, picture } = SOURCES[name];
    const size = picture.width * picture.height * (picture.channels ?? 1);
    const frames = picture.frames ?? 1;
    for (let frame = 0; frame < frames; frame++) {
      const image = await readDicom(bytes, { frame });
      assert.equal(image.transferSyntax, uid);
      assert.deepEqual([image.width, image.height], [picture.width, picture.height]);
      assert.equal(image.frames, frames);
      const expected = values.slice(frame * size, (frame + 1) * size);
      assert.deepEqual(Array.from(image.stored.data), expected);
    }
  });
}

/** With the program that decodes the file for comparison. */
const LOSSY: readonly (readonly [...Case, decoder: string])[] = [
  ['dcmcjpeg +eb', 'grey8', '1.2.840.10008.1.2.4.50', 'dcmdjpeg'],
  ['dcmcjpeg +eb +s2', 'rgb', '1.2.840.10008.1.2.4.50', 'dcmdjpeg'],
  ['dcmcjpeg +eb +s4', 'rgb', '1.2.840.10008.1.2.4.50', 'dcmdjpeg'],
  ['dcmcjpeg +eb +cr', 'rgb', '1.2.840.10008.1.2.4.50', 'dcmdjpeg'],
  ['dcmcjpeg +ee', 'grey8', '1.2.840.10008.1.2.4.51', 'dcmdjpeg'],
  ['dcmcjpeg +ee', 'grey12', '1.2.840.10008.1.2.4.51', 'dcmdjpeg'],
  ['dcmcjpeg +es', 'grey12', '1.2.840.10008.1.2.4.53', 'dcmdjpeg'],
  ['dcmcjpeg +ep', 'rgb', '1.2.840.10008.1.2.4.55', 'dcmdjpeg'],
  ['dcmcjpls +en', 'grey12', '1.2.840.10008.1.2.4.81', 'dcmdjpls'],
  ['dcmcjpls +en', 'rgb', '1.2.840.10008.1.2.4.81', 'dcmdjpls'],
  ['gdcmconv --j2k --lossy -r 8', 'grey12', '1.2.840.10008.1.2.4.91', 'gdcmconv --raw'],
  ['gdcmconv --j2k --lossy -r 8', 'rgb', '1.2.840.10008.1.2.4.91', 'gdcmconv --raw'],
];

for (const [command, name, uid, decoder] of LOSSY) {
  const programs = [command, decoder].map((one) => one.split(' ')[0]);
  test(`${command}, ${name}: as ${decoder} decodes it`, {
    skip: missing(...programs),
  }, async () => {
    const encoded = encode(command, name);
    const image = await readDicom(readFileSync(encoded));
    assert.equal(image.transferSyntax, uid);
    const plain = `${encoded}.plain`;
    const [program, ...options] = decoder.split(' ');
    runTool(program, ...options, encoded, plain);
    const raw = join(folder, `raw-${Math.random()}`);
    mkdirSync(raw);
    const bytes = dcmtkPixels(plain, raw);
    const { channels = 1, bits } = SOURCES[name].picture;
    // Colour is compared as red, green, blue, which is what the programs give.
    const ours = channels === 3 ? image.pixels : image.stored.data;
    const theirs =
      bits[0] === 16
        ? Array.from({ length: ours.length }, (_, i) => bytes.readUInt16LE(2 * i))
        : bytes;
    let worst = 0;
    ours.forEach((value, i) => {
      worst = Math.max(worst, Math.abs(value - theirs[i]));
    });
    assert.ok(worst <= 1, `${worst} levels apart`);
    // And it is a picture of the source (dcmcjpeg stretches its range), not twice the same mistake.
    const { values } = SOURCES[name];
    const error = values.reduce((sum, value, i) => sum + Math.abs(value - ours[i]), 0);
    assert.ok(error / values.length < 0.08 * 2 ** bits[1], `mean error ${error / values.length}`);
  });
}

/** The source as PGM or PPM. */
function netpbm(name: keyof typeof SOURCES): string {
  const { picture, values } = SOURCES[name];
  const { width, height, channels = 1, bits } = picture;
  const file = join(folder, `${name}.${channels === 3 ? 'ppm' : 'pgm'}`);
  const head = `P${channels === 3 ? 6 : 5}\n${width} ${height}\n${2 ** bits[1] - 1}\n`;
  const pixels = bits[0] === 16 ? words16(values).swap16() : Buffer.from(values);
  writeFileSync(file, Buffer.concat([Buffer.from(head), pixels]));
  return file;
}

/** OpenJPH's codestream of a source, by these options. */
function htj2k(name: keyof typeof SOURCES, ...options: string[]): string {
  const stream = join(mkdtempSync(join(folder, 'made-')), 'image.j2c');
  runTool('ojph_compress', '-i', netpbm(name), '-o', stream, ...options);
  return stream;
}

const inDicom = (name: keyof typeof SOURCES, stream: string, uid: string): Buffer =>
  dicomFile(imageElements(SOURCES[name].picture), [Buffer.alloc(0), readFileSync(stream)], uid);

const withoutOpenJph = missing('ojph_compress', 'ojph_expand');
for (const name of ['grey8', 'grey12', 'rgb'] as const) {
  for (const [order, uid] of [
    ['LRCP', '1.2.840.10008.1.2.4.201'],
    ['RPCL', '1.2.840.10008.1.2.4.202'],
  ]) {
    test(`HTJ2K ${order}, ${name}: identical`, { skip: withoutOpenJph }, async () => {
      const stream = htj2k(name, '-reversible', 'true', '-prog_order', order);
      const image = await readDicom(inDicom(name, stream, uid));
      assert.equal(image.transferSyntax, uid);
      assert.deepEqual(Array.from(image.stored.data), SOURCES[name].values);
    });
  }
}

// OpenJPH's program reads no PGM with a sign: the codec's own encoder writes the stream.
test('HTJ2K, signed16: identical', async () => {
  const { picture, values } = SOURCES.signed16;
  const require = createRequire(import.meta.url);
  const { HTJ2KEncoder } = await require('@cornerstonejs/codec-openjph/wasmjs')({
    wasmBinary: readFileSync(require.resolve('@cornerstonejs/codec-openjph/wasm')),
  });
  const encoder = new HTJ2KEncoder();
  const { width, height } = picture;
  const info = { width, height, bitsPerSample: 16, componentCount: 1, isSigned: true };
  encoder.getDecodedBuffer({ ...info, isUsingColorTransform: false }).set(words16(values));
  encoder.setQuality(true, 0);
  encoder.encode();
  const stream = join(folder, 'signed16.j2c');
  writeFileSync(stream, Buffer.from(encoder.getEncodedBuffer()));
  const image = await readDicom(inDicom('signed16', stream, '1.2.840.10008.1.2.4.201'));
  assert.deepEqual(Array.from(image.stored.data), values);
});

test('HTJ2K, lossy: as ojph_expand decodes it', { skip: withoutOpenJph }, async () => {
  const stream = htj2k('grey12', '-qstep', '0.002');
  runTool('ojph_expand', '-i', stream, '-o', `${stream}.pgm`);
  const { values } = SOURCES.grey12;
  const theirs = readFileSync(`${stream}.pgm`)
    .subarray(-2 * values.length)
    .swap16();
  const image = await readDicom(inDicom('grey12', stream, '1.2.840.10008.1.2.4.203'));
  const ours = Array.from(image.stored.data);
  const apart = (a: number[], b: (i: number) => number) =>
    Math.max(...a.map((value, i) => Math.abs(value - b(i))));
  const worst = apart(ours, (i) => theirs.readUInt16LE(2 * i));
  assert.ok(worst <= 1, `${worst} levels apart`);
  const fromSource = apart(ours, (i) => values[i]);
  assert.ok(fromSource > 0 && fromSource < 100, `${fromSource} levels from the source`);
});

test('a syntax without a decoder is named', async () => {
  const elements = imageElements({ width: 4, height: 4, bits: [8, 8, 7] });
  const fragments = [Buffer.alloc(0), Buffer.alloc(8)];
  await assert.rejects(
    readDicom(dicomFile(elements, fragments, '1.2.840.10008.1.2.4.102')),
    /^InputError: no decoder for transfer syntax 1\.2\.840\.10008\.1\.2\.4\.102 \(MPEG-4 AVC\/H\.264/,
  );
  await assert.rejects(
    readDicom(dicomFile(elements, fragments, '1.2.3.4')),
    /^InputError: no decoder for transfer syntax 1\.2\.3\.4 \(unknown transfer syntax\)$/,
  );
});
