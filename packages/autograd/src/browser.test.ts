// The training step of examples/browser in headless Chromium, by WebAssembly and by WebGPU, against the
// same step in Node.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { type Browser, chromium } from 'playwright-core';
import { openEngine } from './engine.js';
import type { Program } from './program.js';

const CHROMIUM = '/usr/bin/chromium';
const STEPS = 8;
const FLAGS = [
  ...['--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync'],
];
/** WebGPU on SwiftShader, the software driver that Chromium carries. */
const WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

const example = (file: string) => new URL(`../examples/browser/${file}`, import.meta.url).href;
const { trainingStep, batch } = (await import(example('network.js'))) as {
  trainingStep(provider: 'cpu' | 'webgpu'): Program;
  batch(step: number): Record<string, Float32Array | Int32Array | number>;
};
const { serve } = (await import(example('serve.js'))) as {
  serve(): Promise<{ address: string; close(): Promise<void> }>;
};

describe('a page', {
  skip: existsSync(CHROMIUM) ? false : `no ${CHROMIUM}: apt-get install chromium`,
}, () => {
  let server: Awaited<ReturnType<typeof serve>>;
  let expected: number[];
  before(async () => {
    server = await serve();
    expected = await lossesInNode();
    assert(expected[STEPS - 1] < 0.9 * expected[0], `it learns: ${expected}`);
  });
  after(() => server.close());

  const trains = async (provider: string, steps: number, flags: string[], tolerance: number) => {
    const browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [...FLAGS, ...flags],
    });
    try {
      const page = `${server.address}?provider=${provider}&steps=${steps}`;
      const losses = await lossesIn(browser, page);
      assert.equal(losses.length, steps);
      losses.forEach((loss, i) => {
        const e = expected[i];
        assert(Math.abs(loss - e) <= tolerance * e, `loss of step ${i}: ${loss}, in Node ${e}`);
      });
    } finally {
      await browser.close();
    }
  };
  test('trains by WebAssembly as Node does', () => trains('wasm', STEPS, ['--disable-gpu'], 1e-4));
  // Chromium is slow at it without a GPU: some seconds a step.
  test('trains by WebGPU as Node does', () => trains('webgpu', 3, WEBGPU, 1e-3));
});

async function lossesIn(browser: Browser, page: string): Promise<number[]> {
  const tab = await browser.newPage();
  const complaints: string[] = [];
  tab.on('pageerror', (error) => complaints.push(error.message));
  await tab.goto(page);
  const result = await tab
    .waitForFunction(() => (globalThis as { trained?: unknown }).trained, null, {
      timeout: 120_000,
    })
    .catch((error) => assert.fail([...complaints, error.message].join('; ')));
  const { losses, error } = (await result.jsonValue()) as { losses?: number[]; error?: string };
  assert(losses, error);
  return losses;
}

async function lossesInNode(): Promise<number[]> {
  const engine = await openEngine({ threads: 1 });
  try {
    const step = await engine.load(trainingStep('cpu'));
    const losses: number[] = [];
    for (let i = 0; i < STEPS; i++) losses.push(Number((await step.run(batch(i))).loss[0]));
    return losses;
  } finally {
    await engine.close();
  }
}
