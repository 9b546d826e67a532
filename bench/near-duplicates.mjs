// How well copies of a picture are told from pictures of other patients, and how long the search takes.
//
//   npm run build && node bench/near-duplicates.mjs --datasets DIR [--sets busi,...] [--images 500]
//
// DIR holds the sets, a folder each with its labels.csv. Of the first images of each, every copy below is
// made and compared with its original, and all pictures of different subjects with one another. Then
// prints of made-up pictures are searched, as many as --search says. Writes docs/near-duplicates.md.

import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'csv-parse/sync';
import sharp from 'sharp';
import { nearDuplicates, printOf, shrink } from '../packages/semise/dist/data/duplicates.js';

const { values: flags } = parseArgs({
  options: {
    datasets: { type: 'string' },
    sets: { type: 'string', default: 'busi,dr_eyepacs,knee_oai_kl' },
    images: { type: 'string', default: '500' },
    search: { type: 'string', default: '100000' },
  },
});
if (!flags.datasets) {
  console.error('near-duplicates: give --datasets DIR, the folder that holds the sets');
  process.exit(2);
}

const COPIES = {
  'JPEG quality 30': (image) => image.jpeg({ quality: 30 }),
  'half size': (image, { width }) => image.resize(Math.round(width / 2)),
  'a fifth brighter': (image) => image.linear(1.2, 0),
  'gamma 1.4': (image) => image.gamma(1.4),
  'cropped by 1 % a side': (image, { width, height }) => {
    const [left, top] = [Math.ceil(width / 100), Math.ceil(height / 100)];
    return image.extract({ left, top, width: width - 2 * left, height: height - 2 * top });
  },
  mirrored: (image) => image.flop(),
  'turned by 90 degrees': (image) => image.rotate(90),
};

async function print(image) {
  const { data, info } = await sharp(await image.png().toBuffer())
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return printOf(shrink(data, info.width, info.height));
}

const quantile = (values, q) =>
  values.toSorted((a, b) => a - b)[Math.floor(q * (values.length - 1))];
const show = (value) => (value === undefined ? '-' : value.toFixed(2));

const copies = [];
const others = [];
for (const set of flags.sets.split(',')) {
  const folder = join(flags.datasets, set);
  const rows = parse(readFileSync(join(folder, 'labels.csv')), { columns: true });
  const chosen = rows.slice(0, Number(flags.images));
  const open = (row) => sharp(join(folder, row.image));
  const prints = [];
  for (const row of chosen) prints.push(await print(open(row)));
  // Below the least agreement too, so that the distance to it is seen.
  const pairs = nearDuplicates(prints, -1).filter(
    ({ a, b }) => chosen[a].subject !== chosen[b].subject,
  );
  const agreements = pairs.map(({ agreement }) => agreement);
  others.push(
    `| ${[
      set,
      chosen.length,
      pairs.length,
      show(quantile(agreements, 0.5)),
      agreements.filter((agreement) => agreement >= 0.5).length,
      show(
        quantile(
          agreements.filter((agreement) => agreement < 0.5),
          1,
        ),
      ),
    ].join(' | ')} |`,
  );
  for (const [name, change] of Object.entries(COPIES)) {
    const found = [];
    for (const [i, row] of chosen.entries()) {
      const image = open(row);
      const copy = sharp(await change(image, await image.metadata()).toBuffer());
      found.push(nearDuplicates([prints[i], await print(copy)], -1)[0]?.agreement);
    }
    const known = found.filter((agreement) => agreement !== undefined);
    const share = found.filter((agreement) => agreement >= 0.5).length / found.length;
    copies.push(
      `| ${[set, name, `${Math.round(100 * share)} %`, show(quantile(known, 0.5)), show(quantile(known, 0.05))].join(' | ')} |`,
    );
    console.error(copies.at(-1));
  }
}

const many = Array.from({ length: Number(flags.search) }, (_, i) => {
  const random = (salt) => {
    let bits = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(salt, 0x85ebca77);
    bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
    bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39);
    return (bits ^ (bits >>> 15)) >>> 0;
  };
  return {
    hashes: Array.from({ length: 8 }, (_, turn) => [
      random(2 * turn + 300),
      random(2 * turn + 301),
    ]),
    detail: Uint32Array.from({ length: 256 }, (_, j) => random(j + 3)),
  };
});
const began = performance.now();
nearDuplicates(many);
const seconds = (performance.now() - began) / 1000;

writeFileSync(
  new URL('../docs/near-duplicates.md', import.meta.url),
  `# Near-duplicates, measured

Copies of a picture are taken for the same if 57 of 64 bits of the perceptual hash are equal and the detail agrees to
0.5 or more, as they are or in one of the eight mirror images and quarter turns. Made by \`node bench/near-duplicates.mjs --datasets DIR\` on the first ${flags.images} images of each set (they
cannot be published here).

Copies, each against its original; agreement of those whose hashes are near:

| set | copy | found | median agreement | worst of twenty |
|---|---|---|---|---|
${copies.join('\n')}

Pictures of different subjects whose hashes are near, all with all. Those that agree to 0.5 or more are reported as
duplicates (in breast ultrasound a public set has many, and its subjects are unknown):

| set | images | pairs with near hashes | median agreement | 0.5 or more | highest below |
|---|---|---|---|---|---|
${others.join('\n')}

The search alone, over ${Number(flags.search).toLocaleString('en')} made-up prints: ${seconds.toFixed(1)} s on one core of ${cpus()[0].model}.
`,
);
