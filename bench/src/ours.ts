// Our side, a process of its own so that its memory can be read: prepares a case, says so, then runs
// as many steps as each line on its standard input asks for, and answers with their times.

import { createInterface } from 'node:readline';
import { openEngine } from '@semise/autograd';
import type { Case } from './cases.js';
import type { Reply, Request } from './side.js';
import { embed } from './work/embed.js';
import { infer } from './work/infer.js';
import { semiseStep } from './work/semise-step.js';
import { train } from './work/train.js';
import { unet } from './work/unet.js';
import type { Prepare } from './work/work.js';

const WORK: Record<Case['work'], Prepare> = {
  train,
  infer,
  semise: semiseStep,
  unet,
  embed,
};

const say = (reply: Reply) => process.stdout.write(`${JSON.stringify(reply)}\n`);

const [text, folder, profile] = process.argv.slice(2);
const c: Case = JSON.parse(text);
const engine = await openEngine({ threads: 2, ...(profile && { profile }) });
const { step, close, ...prepared } = await WORK[c.work](c, engine, folder);
say({ ready: prepared });

for await (const line of createInterface({ input: process.stdin })) {
  const { steps }: Request = JSON.parse(line);
  const ms: number[] = [];
  let loss = Number.NaN;
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    loss = await step();
    ms.push(performance.now() - start);
  }
  say({ ms, loss });
}
await close?.();
await engine.close();
