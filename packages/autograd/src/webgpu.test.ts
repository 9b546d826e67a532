// The WebGPU provider: every op as PyTorch has it and none of it on the CPU, variables that stay on the
// device, and steps that end where the CPU's end.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Engine, openEngine } from './engine.js';
import { gradients } from './gradient.js';
import { input, variable } from './graph.js';
import * as ops from './ops/index.js';
import { adamW } from './optimizers/adamw.js';
import { compile, type Program } from './program.js';
import { assertClose } from './testing/engine.js';
import { CASES, checkGolden } from './testing/pytorch-cases.js';
import { values } from './testing/random-values.js';
import { chooseDriver, opsByProvider } from './testing/webgpu.js';

/** WGSL asks only 2^-11 of sine and cosine, and SwiftShader takes it at its word. */
const TOLERANCE: Record<string, number> = { sin: 1e-3, cos: 1e-3 };

describe('WebGPU', { skip: chooseDriver() }, () => {
  let folder: string;
  let engine: Engine;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'webgpu-'));
    engine = await openEngine({ provider: 'webgpu', profile: join(folder, 'ops') });
    // Held until the engine closes: the device goes with the last session.
    await engine.load(compile({ outputs: { y: ops.exp(input('x', [])) }, provider: 'webgpu' }));
  });
  after(async () => {
    await engine.close();
    rmSync(folder, { recursive: true });
  });

  for (const name of Object.keys(CASES)) {
    test(`as PyTorch: ${name}`, () => checkGolden(engine, name, TOLERANCE[name]));
  }

  test('no op of these falls back to the CPU', async () => {
    await engine.close();
    assert.deepEqual(Object.keys(opsByProvider(join(folder, 'ops'))), ['WebGpuExecutionProvider']);
  });

  test('variables stay on the device, steps end as on the CPU, and all can be read at any time', async () => {
    const [gpu, cpu] = [await openEngine({ provider: 'webgpu' }), await openEngine({ threads: 1 })];
    try {
      const runs = await Promise.all([gpu, cpu].map((own) => own.load(network(own.provider))));
      const both = async (i: number) => {
        const images = values(i, [4, 2, 8, 8]).data;
        const [a, b] = await Promise.all(runs.map((run) => run.run({ images, rate: 0.01 })));
        assertClose(a.loss, b.loss, 1e-4, `loss of step ${i}`);
      };
      const agree = async () => {
        const [a, b] = [await gpu.read(), await cpu.read()];
        assert.deepEqual([...a.keys()].sort(), [...b.keys()].sort());
        for (const [name, truth] of b) assertClose(a.get(name)!, truth, 1e-3, name);
      };
      assert.deepEqual(new Set((await gpu.places()).values()), new Set(['host']));
      for (let i = 0; i < 3; i++) await both(i);
      assert.deepEqual(new Set((await gpu.places()).values()), new Set(['device']));
      assert.deepEqual(new Set((await cpu.places()).values()), new Set(['host']));
      await agree();

      // Written from the host, by another program's eyes, and onwards from the device.
      for (const own of [gpu, cpu]) await own.write(new Map([['bias', Float32Array.of(1, 2, 3)]]));
      assert.equal((await gpu.places()).get('bias'), 'host');
      await both(3);
      assert.equal((await gpu.places()).get('bias'), 'device');
      const twice = compile({
        outputs: { y: ops.mul(variable('bias', [3], 0), 2) },
        provider: 'webgpu',
      });
      const other = await gpu.load(twice);
      const bias = (await gpu.read(['bias'])).get('bias')!;
      const doubled = bias.map((v) => 2 * v);
      assertClose((await other.run({})).y, doubled);
      await other.release();

      // The device goes with the last session; the variables do not.
      await runs[0].release();
      assert.deepEqual(new Set((await gpu.places()).values()), new Set(['host']));
      await agree();
      runs[0] = await gpu.load(network('webgpu'));
      await both(4);
      await agree();
    } finally {
      await gpu.close();
      await cpu.close();
    }
  });
});

/** A convolution with batch norm, a pool and a cross-entropy, by AdamW. */
function network(provider: Program['provider']): Program {
  const images = input('images', [4, 2, 8, 8]);
  const weight = variable('weight', [3, 2, 3, 3], values(1, [3, 2, 3, 3]).data);
  const scale = variable('scale', [3], 1);
  const bias = variable('bias', [3], 0);
  const { y } = ops.batchNorm(ops.conv2d(images, weight, undefined, { padding: 1 }), scale, bias);
  const pooled = ops.globalAvgPool2d(ops.maxPool2d(ops.relu(y), { kernel: 2 }));
  const loss = ops.neg(ops.mean(ops.slice(ops.logSoftmax(pooled), 1, 0, 1)));
  const parameters = [weight, scale, bias];
  const updates = adamW({ epsilon: 1e-4 })(
    parameters,
    gradients(loss, parameters),
    input('rate', []),
  );
  return compile({ outputs: { loss }, updates, provider });
}
