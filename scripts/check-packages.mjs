// Checks the two packages as their users meet them: packed, installed into an empty folder with plain
// npm, used from TypeScript, and run by the very code that README.md and docs/ print. Every js block
// of those files whose first line names a file (`// train.mjs`) is run, in the order below.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PAGES = [
  'README.md',
  'docs/guide.md',
  'docs/engine.md',
  'packages/autograd/README.md',
  'packages/semise/README.md',
];
/** Packed sizes in bytes that would mean that something slipped in. */
const LARGEST = { '@semise/autograd': 200_000, semise: 750_000 };
const STRAY = /\.test\.|\/testing\/|fixtures|\.ts$(?<!\.d\.ts)|tsbuildinfo/;

const CONSUMER = `
import { compile, gradients, input, openEngine, sgd, variable, type Engine } from '@semise/autograd';
import { type Metrics, openRun, type RunResult, type TrainOptions, trainRun } from 'semise';
const options: TrainOptions = { data: 'labels.csv', out: 'run', labelBudget: 10, settings: { tau: 0.5 } };
export async function main(): Promise<number | null | undefined> {
  const result: RunResult | null = await trainRun(options, { onStep: ({ step }) => step.toFixed() });
  const [{ grade }] = await (await openRun('run')).predict(['a.png']);
  const engine: Engine = await openEngine();
  const test: Metrics | null | undefined = result?.test;
  return test?.qwk.value ?? grade ?? [compile, gradients, input, sgd, variable, engine].length;
}
// @ts-expect-error: no such method
export const wrong: TrainOptions = { data: 'labels.csv', out: 'run', method: 'none' };
`;

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'semise-packages-'));
// What npm tells its scripts, this repository's .npmrc included, a user's npm would not know.
const env = Object.fromEntries(Object.entries(process.env).filter(([key]) => !/^npm_/i.test(key)));
const run = (command, args, cwd = folder) =>
  execFileSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

try {
  const packed = JSON.parse(
    run(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--workspaces', '--pack-destination', folder],
      root,
    ),
  );
  for (const { name, size, files, filename } of Object.values(packed)) {
    const stray = files.map(({ path }) => path).filter((path) => STRAY.test(path));
    assert.deepEqual(stray, [], `${filename}: files that no user needs`);
    assert(size < LARGEST[name], `${filename}: ${size} bytes`);
    for (const needed of ['LICENSE', 'README.md', 'dist/index.js', 'dist/index.d.ts']) {
      assert(
        files.some(({ path }) => path === needed),
        `${filename}: no ${needed}`,
      );
    }
    console.log(`${filename}: ${files.length} files, ${(size / 1000).toFixed(0)} kB`);
  }
  run('npm', ['install', ...Object.values(packed).map(({ filename }) => `./${filename}`)]);
  console.log(`installed; semise ${run('npx', ['semise', '--version']).trim()}`);

  writeFileSync(join(folder, 'consumer.mts'), CONSUMER);
  const modules = join(root, 'node_modules');
  const strict = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2023'];
  const types = ['--types', 'node', '--typeRoots', join(modules, '@types')];
  run(process.execPath, [join(modules, 'typescript/bin/tsc'), ...strict, ...types, 'consumer.mts']);
  console.log('types resolve');

  for (const page of PAGES) {
    const text = readFileSync(join(root, page), 'utf8');
    for (const [, code, name] of text.matchAll(/^```js\n(\/\/ (\S+\.mjs)\n[\s\S]*?)^```$/gm)) {
      writeFileSync(join(folder, name), code);
      const began = performance.now();
      const output = run(process.execPath, [name]);
      console.log(
        `${page}: ${name} ran in ${((performance.now() - began) / 1000).toFixed(0)} s\n${output.trimEnd()}`,
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
