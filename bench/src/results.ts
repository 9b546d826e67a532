// Figures that are kept: a line of JSON a case in bench/results, and the table of them in docs.

import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { CASES } from './cases.js';
import type { Row } from './compare.js';
import { machineName } from './machine.js';
import type { PeerRow } from './peers.js';

const file = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const ROWS = file('bench/results/engine.jsonl');
const PEERS = file('bench/results/peers.jsonl');
const PAGE = file('docs/engine-bench.md');

/** A row and the machine that it is of. */
type Kept<T> = T & { readonly machine: string };

/** Puts rows in the place of earlier ones of the same machine, case (and library), and rewrites the tables. */
export async function save(
  rows: readonly Row[],
  peers: readonly PeerRow[],
  pytorch: string,
): Promise<void> {
  const machine = await machineName();
  const order = (row: { case: string }) => CASES.findIndex((c) => c.id === row.case);
  const key = (row: Kept<Row | PeerRow>) =>
    [row.machine, row.case, 'library' in row ? row.library : ''].join();
  const merged = async <T extends Row | PeerRow>(path: string, measured: readonly T[]) => {
    const fresh = measured.map((row): Kept<T> => ({ ...row, machine }));
    const kept = await read<Kept<T>>(path);
    const others = kept.filter((old) => !fresh.some((r) => key(r) === key(old)));
    const all = [...others, ...fresh].sort(
      (a, b) => a.machine.localeCompare(b.machine) || order(a) - order(b),
    );
    await writeFile(path, all.map((row) => `${JSON.stringify(row)}\n`).join(''));
    return all;
  };
  await writeFile(PAGE, page(await merged(ROWS, rows), await merged(PEERS, peers), pytorch));
}

async function read<T>(path: string): Promise<T[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => (line ? [JSON.parse(line) as T] : []));
}

function page(
  rows: readonly Kept<Row>[],
  peers: readonly Kept<PeerRow>[],
  pytorch: string,
): string {
  const number = (value: number | null, digits = 0) => value?.toFixed(digits) ?? '-';
  const cells = (r: Row) =>
    [
      `\`${r.case}\``,
      number(r.ours_ms, 1),
      number(r.pytorch_ms, 1),
      `**${number(r.ratio, 2)}**`,
      number(r.gflops),
      number(r.ours_mb),
      number(r.pytorch_mb),
      number(r.build_ms / 1e3, 1),
      r.pytorch_layout ?? '-',
      number(r.load, 1),
      number(r.others, 2),
      `${r.n}`,
    ].join(' | ');
  const others = peers.map((p) =>
    [
      `\`${p.case}\``,
      p.library,
      number(p.ms),
      number(p.gflops, 2),
      number(p.mb),
      p.reason ?? '',
    ].join(' | '),
  );
  const tables = [...new Set(rows.map((r) => r.machine))].map(
    (machine) => `## ${machine}

| case | ours ms | PyTorch ms | ratio | GFLOP/s | ours MB | PyTorch MB | build s | PyTorch's layout | load | others | n |
|---|---|---|---|---|---|---|---|---|---|---|---|
${rows
  .filter((r) => r.machine === machine)
  .map((r) => `| ${cells(r)} |`)
  .join('\n')}
`,
  );
  return `# The engine against PyTorch

Written by \`npm run bench -- --save\`, Node ${process.version}, PyTorch ${pytorch} (Debian's, oneDNN and OpenBLAS),
two threads each; a table for each machine.

${tables.join('\n')}
## How it is measured

- Both sides run in processes of their own, in turns, never both at once. A turn is about a second of
  steps; its figure is the median step, and the table's the median of \`n\` turns. The first steps do not
  count.
- *ratio* is PyTorch's time by ours: above 1 we are faster. *GFLOP/s* are ours, of convolutions and
  matrix products alone. *MB* is the largest resident memory of the process, libraries and the build of
  the session included. *build* is from the model's code to a program ready to run.
- *load* is the machine's as the case began; *others* is how many cores other processes used during the
  turns that count. Disturbance slows PyTorch more than us: where *others* is above 0.15 the ratio
  flatters us.
- PyTorch: contiguous or channels_last images, whichever is faster (the column *layout*); optimisers on
  tensor lists; gradients set to none; denormals flushed, as in our sessions; inference in eval mode
  without gradients.
- \`embed-jpeg\` is 64 JPEG files of 640 x 480 through a ResNet-18 at 224 px to a CSV table, decoding
  included: divide 64 by the time for images a second. PyTorch's side decodes with PIL in two threads.
${
  others.length === 0
    ? ''
    : `
## JavaScript peers

On ${[...new Set(peers.map((p) => p.machine))].join('; ')}.

| case | library | ms | GFLOP/s | MB | |
|---|---|---|---|---|---|
${others.map((line) => `| ${line} |`).join('\n')}
`
}`;
}
