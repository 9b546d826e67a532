// One side of a comparison: a process that waits for a line {"steps": n}, runs n steps, and answers
// with a line. While one side computes the other waits, so neither takes the other's cores.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { goFirst, othersShare, spent } from './processor.js';
import { median } from './statistics.js';

export interface Request {
  readonly steps: number;
}

export interface Prepared {
  readonly parameters: number;
  readonly flops?: number;
  readonly buildMs?: number;
}

/** The first line of a side, and its answer to each request. */
export type Reply =
  | { readonly ready: Prepared }
  | { readonly ms: readonly number[]; readonly loss: number };

/** Some steps of a side. */
export interface Turn {
  /** Milliseconds of one step, the median. */
  readonly ms: number;
  /** Cores that other processes used meanwhile. */
  readonly others: number;
}

export interface Side extends Prepared {
  /** @throws Error if a limit is set and the steps take longer; the process is then at its end */
  turn(steps: number, limitSeconds?: number): Promise<Turn>;
  /** Largest resident memory so far, MB (10^6 bytes). NaN where the system does not tell. */
  peakMemory(): Promise<number>;
  /** Resident memory now, MB. */
  memory(): Promise<number>;
  close(): Promise<void>;
}

export interface SideOptions {
  /** The process goes before all others of the machine. */
  readonly first?: boolean;
}

/** @throws Error with what the process wrote if it ends before it is asked to */
export async function openSide(
  command: string,
  args: readonly string[],
  { first = false }: SideOptions = {},
): Promise<Side> {
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: plainEnvironment(),
    detached: first,
  });
  if (first) await goFirst(child.pid as number);
  const ended = once(child, 'close');
  let complaint = '';
  child.stderr.on('data', (chunk) => {
    complaint = `${complaint}${chunk}`.slice(-20_000);
  });
  child.stdin.on('error', () => {}); // its end is told by `close`
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  const stop = (reason: string) => {
    complaint = reason;
    child.kill('SIGKILL');
  };
  const next = async (): Promise<Reply> => {
    const { value, done } = await lines.next();
    if (done) {
      const [code, signal] = await ended;
      throw new Error(`${command} ${args[0]} ended (${signal ?? code}): ${complaint.trim()}`);
    }
    return JSON.parse(value);
  };
  const status = async (field: string): Promise<number> => {
    const text = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
    return (Number(text.match(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm'))?.[1]) * 1024) / 1e6;
  };

  const opening = await next();
  if (!('ready' in opening)) throw new Error(`${command} ${args[0]}: not ready`);
  return {
    ...opening.ready,
    turn: async (steps, limitSeconds) => {
      const limit =
        limitSeconds &&
        setTimeout(() => stop(`more than ${limitSeconds} s a turn`), limitSeconds * 1e3);
      const start = performance.now();
      const before = await spent(child.pid as number);
      child.stdin.write(`${JSON.stringify({ steps } satisfies Request)}\n`);
      const reply = await next().finally(() => clearTimeout(limit));
      const after = await spent(child.pid as number);
      const seconds = (performance.now() - start) / 1e3;
      if (!('ms' in reply)) throw new Error(`${command} ${args[0]}: no times`);
      if (!Number.isFinite(reply.loss)) throw new Error(`${args[0]}: the loss is ${reply.loss}`);
      return { ms: median(reply.ms), others: othersShare(before, after, seconds) };
    },
    peakMemory: () => status('VmHWM'),
    memory: () => status('VmRSS'),
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

/** Without the settings that bend numerical libraries: each side chooses its own kernels and threads. */
const plainEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(OMP|GOMP|KMP|MKL|OPENBLAS|DNNL|ONEDNN|ATEN)_/.test(name),
    ),
  );
