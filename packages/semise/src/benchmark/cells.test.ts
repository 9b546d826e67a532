// The grid file and the runs it stands for.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { InputError } from '../errors.js';
import { scratchFolder } from '../testing/scratch.js';
import { describeCell, gridCells, parseOnly, shard } from './cells.js';
import { readGrid } from './grid.js';

const folder = scratchFolder();
const file = join(folder, 'grid.yaml');

const HEAD = `
training: { encoder: small, imageSize: 32, steps: 10, batch: 8 }
seeds: [1, 2]
tuneSeeds: [101]
datasets:
  a: { labels: a/labels.csv, views: xray }
  b: { phantom: { seed: 1 }, views: fundus }
methods:
  semise: { method: semise }
  plain: { method: supervised, training: { learningRate: 0.001 } }
`;
const grid = async (blocks: string, head = HEAD) => {
  await writeFile(file, `${head}blocks:\n${blocks}`);
  return readGrid(file);
};

test('blocks in order of value, seeds outermost, nothing twice', async () => {
  const cells = gridCells(
    await grid(`
  - { name: one, datasets: [a, b], budgets: [10], methods: [semise, plain] }
  - { name: two, datasets: [a], budgets: [5, 10, all], methods: [semise], seeds: [1] }
`),
    { tune: false },
  );
  assert.deepEqual(cells.map(describeCell), [
    'a, 10 a class, semise, seed 1',
    'a, 10 a class, plain, seed 1',
    'b, 10 a class, semise, seed 1',
    'b, 10 a class, plain, seed 1',
    'a, 10 a class, semise, seed 2',
    'a, 10 a class, plain, seed 2',
    'b, 10 a class, semise, seed 2',
    'b, 10 a class, plain, seed 2',
    'a, 5 a class, semise, seed 1',
    'a, all grades, semise, seed 1',
  ]);
  assert.ok(cells.every(({ split }) => split === 'test'));
});

test('errors of comparisons multiply only where there are comparisons', async () => {
  const read = await grid(`
  - { name: one, datasets: [a], budgets: [5], methods: [semise], comparisons: [0, 20], wrong: [0, 0.2],
      gradeNoise: [0, 0.1], healthy: [absent], seeds: [1] }
`);
  const at = ({ comparisons, wrong, gradeNoise }: ReturnType<typeof gridCells>[number]) =>
    `${comparisons} ${wrong} ${gradeNoise}`;
  assert.deepEqual(gridCells(read, { tune: false }).map(at), [
    '0 0 0',
    '0 0 0.1',
    '20 0 0',
    '20 0 0.1',
    '20 0.2 0',
    '20 0.2 0.1',
  ]);
});

test('tuning takes the seeds that are not reported, and the validation split', async () => {
  const read = await grid('  - { name: one, datasets: [a], budgets: [5], methods: [plain] }\n');
  const cells = gridCells(read, { tune: true });
  assert.deepEqual(
    cells.map(({ seed, split }) => [seed, split]),
    [[101, 'validation']],
  );
});

test('--only picks by any field, --shard shares out without loss', async () => {
  const read = await grid(
    '  - { name: one, datasets: [a, b], budgets: [5, all], methods: [semise, plain] }\n',
  );
  const only = parseOnly('dataset=b, budget=all,method=plain|semise,seed=2');
  assert.deepEqual(gridCells(read, { tune: false, only }).map(describeCell), [
    'b, all grades, semise, seed 2',
    'b, all grades, plain, seed 2',
  ]);
  const all = gridCells(read, { tune: false });
  const parts = ['1/3', '2/3', '3/3'].map((part) => shard(all, part));
  assert.equal(parts.flat().length, all.length);
  assert.deepEqual(new Set(parts.flat()), new Set(all));
  for (const bad of ['0/2', '3/2', 'x']) assert.throws(() => shard(all, bad), InputError);
  assert.throws(() => parseOnly('sedd=1'), /--only sedd=1: give FIELD=VALUE.*dataset, budget/);
});

test('what is wrong in a grid is named, with its place', async () => {
  const block = '  - { name: one, datasets: [a], budgets: [5], methods: [semise] }\n';
  const bad: [string, string, RegExp][] = [
    [
      '  - { name: x, datasets: [c], budgets: [5], methods: [semise] }\n',
      HEAD,
      /blocks.0 \(x\).datasets: "c" is not one of datasets \(a, b\)/,
    ],
    [block.replace('5', '0'), HEAD, /blocks\.0\.budgets\.0/],
    [block.replace('budgets', 'budget'), HEAD, /blocks\.0/],
    [block, HEAD.replace('method: semise', 'method: magic'), /methods\.semise\.method/],
    [block, HEAD.replace('labels: a/labels.csv, ', ''), /datasets\.a: give either labels/],
    [block, HEAD.replace('[101]', '[2]'), /tuneSeeds: seed 2 is reported, too/],
    // More training for one method alone would be no comparison.
    [block, HEAD.replace('learningRate: 0.001', 'steps: 99'), /methods\.plain\.training/],
    [
      block,
      HEAD.replace('method: supervised', 'method: supervised, pretrained: long'),
      /"long" is not one of pretrained \(none\)/,
    ],
    [block, HEAD.replace('seeds: [1, 2]', 'seeds: [1, 2'), /grid\.yaml: .*; mend it$/],
  ];
  for (const [blocks, head, message] of bad) {
    await assert.rejects(grid(blocks, head), (error: Error) => {
      assert.ok(error instanceof InputError, error.stack);
      assert.ok(error.message.startsWith(file), error.message);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  }
});
