// Runs the compiled tests: all, or those whose path contains one of the words given, as in
//   npm test -- losses data/split
// Node 20's test runner takes no patterns, so the files are named one by one. It would leave a core idle: on
// two, one file at a time.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const words = process.argv.slice(2);
const files = [...readdirSync('packages').map((name) => join('packages', name)), 'bench']
  .map((folder) => join(folder, 'dist'))
  .flatMap((dist) => readdirSync(dist, { recursive: true }).map((file) => join(dist, file)))
  .filter((file) => file.endsWith('.test.js'))
  .filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
if (files.length === 0) {
  console.error(`no compiled test matches ${words.join(' ')}`);
  process.exit(1);
}

const { status } = spawnSync(
  process.execPath,
  ['--test', `--test-concurrency=${availableParallelism()}`, ...files],
  { stdio: 'inherit' },
);
process.exit(status ?? 1);
