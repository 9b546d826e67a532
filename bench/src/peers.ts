// Other JavaScript libraries on the same case: bench/peers, installed and built apart.

import { access } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Case } from './cases.js';
import { openSide, type Side, type SideOptions } from './side.js';
import { median } from './statistics.js';

const PEERS = [
  { library: 'jax-js (wasm)', script: 'jax.js', args: [] },
  { library: 'tfjs (wasm)', script: 'tfjs.js', args: ['wasm'] },
  { library: 'tfjs (cpu)', script: 'tfjs.js', args: ['cpu'] },
];

const fileOf = (script: string) =>
  fileURLToPath(new URL(`../peers/dist/${script}`, import.meta.url));

export const NO_PEERS =
  'the JavaScript peers are not installed: npm ci --prefix bench/peers && npx tsc -p bench/peers';

export const hasPeers = (): Promise<boolean> =>
  access(fileOf(PEERS[0].script)).then(
    () => true,
    () => false,
  );

/** A step that takes longer ends a library's try. */
const LONGEST_S = 300;
const TURNS = 3;
/** After a first step of this length one more is enough. */
const SLOW_MS = 20_000;

export interface PeerRow {
  readonly case: string;
  readonly library: string;
  /** One step, the median of `n`; null where the library cannot run the case. */
  readonly ms: number | null;
  readonly gflops: number | null;
  /** Largest resident memory. */
  readonly mb: number | null;
  readonly n: number;
  /** Why there is no figure. */
  readonly reason?: string;
}

/** One row a library. @param flops of a step */
export async function runPeers(c: Case, flops: number, options: SideOptions): Promise<PeerRow[]> {
  if (c.work !== 'train' && c.work !== 'infer') return [];
  const rows: PeerRow[] = [];
  for (const { library, script, args } of PEERS) {
    rows.push({
      case: c.id,
      library,
      ...(await run([fileOf(script), JSON.stringify(c), ...args], flops, options)),
    });
  }
  return rows;
}

async function run(args: readonly string[], flops: number, options: SideOptions) {
  let side: Side | undefined;
  try {
    side = await openSide(process.execPath, args, options);
    const warmUp = await side.turn(1, LONGEST_S);
    const turns = warmUp.ms > SLOW_MS ? 1 : TURNS;
    const times: number[] = [];
    while (times.length < turns) times.push((await side.turn(1, LONGEST_S)).ms);
    const ms = median(times);
    return {
      ms: Number(ms.toFixed(1)),
      gflops: Number((flops / ms / 1e6).toFixed(2)),
      mb: Number((await side.peakMemory()).toFixed(0)),
      n: turns,
    };
  } catch (error) {
    return { ms: null, gflops: null, mb: null, n: 0, reason: reasonOf(error as Error) };
  } finally {
    await side?.close();
  }
}

/** The line of a stack trace that says what happened. */
const reasonOf = ({ message }: Error): string =>
  message.match(/^(?:Uncaught )?\w*Error: (.*)$/m)?.[1] ??
  message.split('\n')[0].replace(/^.* ended \(\w+\): /, '');
