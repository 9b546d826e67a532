// A SEMISE step on WebGPU: every term of every method at once, nothing on the CPU, and the same losses
// and weights as on the CPU.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openEngine } from '@semise/autograd';
import { chooseDriver, opsByProvider } from '../../../autograd/dist/testing/webgpu.js';
import { METHODS, type Phase, type Term } from '../methods/index.js';
import { tinyConfig, tinyData } from '../testing/training.js';
import { drawBatch } from './batches.js';
import type { TrainingConfig } from './config.js';
import { stepPrograms } from './step.js';

const STEPS = 3;
const data = tinyData();

/** The plan of the paper's second phase, and the terms of all methods. */
function everything(config: TrainingConfig): Phase {
  const context = {
    batch: config.batch,
    comparisons: data.comparisons.length,
    grades: 3,
    counts: [1, 1, 1],
  };
  const settings = { ...config.settings, contrastWeight: 1 };
  const methods = ['semise-paper', 'semise', 'corn'] as const;
  const phases = methods.flatMap((name) => METHODS[name](context, settings).phases);
  const plan = METHODS['semise-paper'](context, settings).phases[1];
  return {
    ...plan,
    name: 'everything',
    terms: (scope, batch) => {
      const terms: [string, Term][] = phases
        .filter((phase) => phase.trainsEncoder)
        .flatMap((phase, i) =>
          Object.entries(phase.terms(scope, batch)).map(([name, term]): [string, Term] => [
            `${i} ${name}`,
            term,
          ]),
        );
      return Object.fromEntries(terms);
    },
  };
}

async function train(provider: 'cpu' | 'webgpu', profile?: string) {
  const config = tinyConfig({ provider, method: 'semise-paper' });
  const phase = everything(config);
  const { batch: program } = stepPrograms(config, phase);
  const engine = await openEngine({ provider, threads: 1, profile });
  try {
    const step = await engine.load(program);
    const losses: Record<string, number>[] = [];
    const states: Map<string, Float32Array>[] = [];
    for (let i = 0; i < STEPS; i++) {
      const feeds = drawBatch(config, data, phase.plan, i);
      const out = await step.run({ ...feeds, learningRate: 1e-3, averageDecay: 0.9 });
      losses.push(Object.fromEntries(Object.entries(out).map(([k, v]) => [k, Number(v[0])])));
      states.push(await engine.read());
    }
    const places = new Set((await engine.places()).values());
    return { losses, states, places, variables: program.variables };
  } finally {
    await engine.close();
  }
}

/** |a - b| / |b - start| */
function apart(a: Float32Array, b: Float32Array, start: Float32Array): number {
  let [difference, change] = [0, 0];
  b.forEach((v, i) => {
    difference += (a[i] - v) ** 2;
    change += (v - start[i]) ** 2;
  });
  return Math.sqrt(difference / (change + 1e-20));
}

test('three steps on WebGPU: no op on the CPU, variables on the device, the same results', {
  skip: chooseDriver(),
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'webgpu-'));
  try {
    const profile = join(folder, 'step');
    const [gpu, cpu] = [await train('webgpu', profile), await train('cpu')];
    assert.deepEqual(Object.keys(opsByProvider(profile)), ['WebGpuExecutionProvider']);
    assert.deepEqual(gpu.places, new Set(['device']));
    for (const [i, expected] of cpu.losses.entries()) {
      for (const [name, e] of Object.entries(expected)) {
        const a = gpu.losses[i][name];
        // Rounding grows from step to step: AdamW divides small gradients by their own size.
        const allowed = 10 ** (i - 5) * Math.abs(e);
        assert.ok(Math.abs(a - e) <= 5 * allowed, `step ${i}, ${name}: ${a}, CPU ${e}`);
      }
    }
    for (const [name, { initial }] of Object.entries(cpu.variables)) {
      for (const [i, limit] of [1e-2, 0.1, 0.3].entries()) {
        const ratio = apart(gpu.states[i].get(name)!, cpu.states[i].get(name)!, initial);
        assert.ok(ratio <= limit, `${name} after step ${i}: ${ratio} of its change from the CPU's`);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
