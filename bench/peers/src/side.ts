// The talk of a side with the bench: one line when ready, then for each line {"steps": n} one with
// the milliseconds of n steps.

import { createInterface } from 'node:readline';

export interface Case {
  readonly work: string;
  readonly network: string;
  readonly size: number;
  readonly batch: number;
  readonly classes: number;
}

/** The case on the command line, for the libraries that can run it. */
export function caseToRun(): Case {
  const c: Case = JSON.parse(process.argv[2]);
  if (c.work !== 'train' && c.work !== 'infer') throw new Error(`no "${c.work}" for this library`);
  return c;
}

/** Standard normal numbers. */
export const normal = (length: number, deviation = 1): Float32Array<ArrayBuffer> =>
  Float32Array.from(
    { length },
    () =>
      deviation *
      Math.sqrt(-2 * Math.log(1 - Math.random())) *
      Math.cos(2 * Math.PI * Math.random()),
  );

export const labels = (c: Case): Int32Array<ArrayBuffer> =>
  Int32Array.from({ length: c.batch }, () => Math.floor(Math.random() * c.classes));

/** Answers requests until standard input ends. @param step returns its loss */
export async function serve(parameters: number, step: () => Promise<number>): Promise<void> {
  const say = (reply: unknown) => process.stdout.write(`${JSON.stringify(reply)}\n`);
  say({ ready: { parameters } });
  for await (const line of createInterface({ input: process.stdin })) {
    const ms: number[] = [];
    let loss = Number.NaN;
    for (let i = 0; i < JSON.parse(line).steps; i++) {
      const start = performance.now();
      loss = await step();
      ms.push(performance.now() - start);
    }
    say({ ms, loss });
  }
}
