// npm run bench: our time and PyTorch's for each case, in turns, on the same shapes.

import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CASES, type Case, pickCases } from './cases.js';
import { compare } from './compare.js';
import { writeJpegs } from './jpegs.js';
import { growth } from './memory.js';
import { hasPeers, NO_PEERS, runPeers } from './peers.js';
import { profileCase } from './profile-case.js';
import { NO_PYTORCH, pytorchVersion } from './pytorch.js';
import { save } from './results.js';
import { heading, peerLine, tableLine } from './table.js';

const HELP = `npm run bench -- [options]

Runs our train step and PyTorch's alternately (never both at once) on the same shapes, 2 threads
each, and prints for each case both medians, their ratio (PyTorch / ours; above 1 we are faster),
GFLOP/s of ours, and the peak resident memory of both processes. "others" is the number of cores that
other processes used meanwhile: turns in which it is more than 0.1 are repeated, up to three times as
many as asked for, and the calmest count.

  --case ID          only this case; repeat it, or separate IDs with commas
  --json             one JSON object a line (npm run --silent bench -- --json)
  --alternations N   turns of each side, 5 or more for figures to quote (7)
  --profile          no comparison: ONNX Runtime's profile of our side, by op and by shape
  --memory           no comparison: resident memory after step 50 and after step 500
  --peers            also other JavaScript libraries where they can run the case; they are slow
  --save           keep the figures, disturbed ones excepted: bench/results/*.jsonl and
                   docs/engine-bench.md
  --first          on a shared Linux machine, as root: our processes go before all others, which
                   wait meanwhile; the way to get figures when it is never quiet
  --only ours        leave PyTorch out
  --layout L         of PyTorch's images: nchw, nhwc (channels_last), or auto: the faster (auto)
  --freeze           PyTorch's inference traced and frozen (torch.jit.optimize_for_inference)
  --python FILE      the Python that has PyTorch (/usr/bin/python3)
  --help

PyTorch on Debian and Ubuntu (without libopenblas0 its linear layers use a slow reference BLAS):
  apt-get install python3-torch python3-torchvision python3-pil libopenblas0

Cases: ${CASES.map((c) => c.id).join(', ')}
`;

const { values: flags } = readFlags();

function readFlags() {
  try {
    return parseArgs({
      options: {
        case: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
        alternations: { type: 'string', default: '7' },
        profile: { type: 'boolean', default: false },
        memory: { type: 'boolean', default: false },
        peers: { type: 'boolean', default: false },
        save: { type: 'boolean', default: false },
        only: { type: 'string' },
        layout: { type: 'string', default: 'auto' },
        freeze: { type: 'boolean', default: false },
        first: { type: 'boolean', default: false },
        python: { type: 'string', default: '/usr/bin/python3' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(2);
  }
}

async function main(): Promise<void> {
  if (flags.help) {
    process.stdout.write(HELP);
    return;
  }
  if (flags.only !== undefined && flags.only !== 'ours') throw new Error('--only takes "ours"');
  const cases = pickCases(flags.case.flatMap((ids) => ids.split(',')));
  const alternations = Number(flags.alternations);
  if (!Number.isInteger(alternations) || alternations < 1) {
    throw new Error(`--alternations ${flags.alternations}: a whole number above 0`);
  }
  if (!['auto', 'nchw', 'nhwc'].includes(flags.layout)) {
    throw new Error(`--layout ${flags.layout}: nchw, nhwc or auto`);
  }
  const folder = await mkdtemp(join(tmpdir(), 'bench-'));
  try {
    const embedding = cases.find((c) => c.work === 'embed');
    if (embedding) await writeJpegs(folder, embedding.batch);
    if (flags.profile) await profiles(cases, folder);
    else if (flags.memory) await growths(cases, folder);
    else await comparisons(cases, alternations, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Cores that others may use beside figures worth quoting. */
const NOISE = 0.15;

async function comparisons(cases: readonly Case[], alternations: number, folder: string) {
  const version = flags.only === 'ours' ? null : await pytorchVersion(flags.python);
  if (flags.only !== 'ours' && !version)
    note(`${NO_PYTORCH} (${flags.python}); only our side runs`);
  note(
    `${cpus()[0].model}, ${availableParallelism()} cores, Node ${process.version}, PyTorch ${version ?? 'not run'}, load ${load()}`,
  );
  if (flags.peers && !(await hasPeers())) throw new Error(NO_PEERS);
  if (!flags.json) print(heading());
  for (const c of cases) {
    const row = await compare(c, folder, {
      alternations,
      python: version ? flags.python : undefined,
      layout: flags.layout as 'auto' | 'nchw' | 'nhwc',
      freeze: flags.freeze,
      first: flags.first,
    });
    print(flags.json ? JSON.stringify(row) : tableLine(row));
    if (row.others > NOISE) {
      note(
        `${c.id}: others used ${row.others} cores meanwhile, which slows PyTorch more than us; do not quote this ratio (--first)`,
      );
    }
    const peers = flags.peers
      ? await runPeers(c, (row.gflops ?? 0) * row.ours_ms * 1e6, flags)
      : [];
    for (const peer of peers) print(flags.json ? JSON.stringify(peer) : peerLine(peer));
    if (flags.save && version) await save(row.others > NOISE ? [] : [row], peers, version);
  }
}

async function profiles(cases: readonly Case[], folder: string) {
  for (const c of cases) print(`\n${c.id}: ${await profileCase(c, folder, flags)}`);
}

async function growths(cases: readonly Case[], folder: string) {
  const chosen = flags.case.length > 0 ? cases : pickCases(['small-64-b32-train']);
  for (const c of chosen) {
    const { after50, after500 } = await growth(c, folder, flags);
    const percent = 100 * (after500 / after50 - 1);
    const fits = percent <= 3;
    print(
      `${c.id}: ${after50.toFixed(0)} MB after step 50, ${after500.toFixed(0)} MB after step 500: ${percent.toFixed(1)} % ${fits ? '(at most 3 %: ok)' : '(more than 3 %)'}`,
    );
    if (!fits) process.exitCode = 1;
  }
}

const load = () =>
  loadavg()
    .map((l) => l.toFixed(2))
    .join(' ');
const print = (line: string) => process.stdout.write(`${line}\n`);
const note = (line: string) => process.stderr.write(`${line}\n`);

main().catch((error: Error) => {
  note(error.message);
  process.exitCode = 1;
});
