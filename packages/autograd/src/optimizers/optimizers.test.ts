// Five steps of each optimiser on a small network, as PyTorch (LARS: as its formulas) takes them.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openEngine } from '../engine.js';
import { gradients } from '../gradient.js';
import { input, type Tensor, type Variable, variable } from '../graph.js';
import { square, sub, tanh } from '../ops/elementwise.js';
import { linear } from '../ops/matmul.js';
import { mean } from '../ops/reduce.js';
import { compile, type Update } from '../program.js';
import { assertClose } from '../testing/engine.js';
import { goldens } from '../testing/goldens.js';
import { accumulation } from './accumulate.js';
import { adamW } from './adamw.js';
import { averageOf, movingAverage } from './average.js';
import { clipByGlobalNorm } from './clip.js';
import { lars } from './lars.js';
import type { Optimizer } from './optimizer.js';
import { sgd } from './sgd.js';

const NAMES = ['hidden.weight', 'hidden.bias', 'out.weight', 'out.bias'];
const RATES = [0.1, 0.2, 0.15, 0.1, 0.05];
const [BATCH, INPUTS, OUTPUTS] = [8, 4, 3];

const { tensors } = await goldens('optimizers.safetensors');
const golden = (name: string) => {
  const found = tensors.get(name);
  assert(found, `no golden ${name}`);
  return found;
};

function network(batch = BATCH): { parameters: Variable[]; loss: Tensor } {
  const parameters = NAMES.map((name) => {
    const { shape, data } = golden(`initial/${name}`);
    return variable(name, shape, data);
  });
  const [w1, b1, w2, b2] = parameters;
  const hidden = tanh(linear(input('x', [batch, INPUTS]), w1, b1));
  const error = sub(linear(hidden, w2, b2), input('target', [batch, OUTPUTS]));
  return { parameters, loss: mean(square(error)) };
}

const batchOf = (step: number, from = 0, to = BATCH) => ({
  x: golden('batches').data.slice((step * BATCH + from) * INPUTS, (step * BATCH + to) * INPUTS),
  target: golden('targets').data.slice(
    (step * BATCH + from) * OUTPUTS,
    (step * BATCH + to) * OUTPUTS,
  ),
});

/** Takes the five steps and compares loss, parameters and whatever else the golden has. */
async function follows(
  name: string,
  make: (
    parameters: Variable[],
    slopes: Tensor[],
    rate: Tensor,
  ) => { updates: Update[]; outputs?: Record<string, Tensor> },
) {
  const { parameters, loss } = network();
  const slopes = gradients(loss, parameters);
  const { updates, outputs } = make(parameters, slopes, input('rate', []));
  const engine = await openEngine({ threads: 1 });
  try {
    const program = await engine.load(compile({ outputs: { loss, ...outputs }, updates }));
    for (const [step, rate] of RATES.entries()) {
      const results = await program.run({ ...batchOf(step), rate });
      const variables = await engine.read();
      const own = `${name}/${step}/`;
      const keys = [...tensors.keys()].filter((key) => key.startsWith(own));
      assert(keys.length > NAMES.length);
      for (const key of keys.map((k) => k.slice(own.length))) {
        const actual = results[key] ?? variables.get(key);
        assert(actual, `${own}${key} was not computed`);
        // Adam divides by the root of v, which magnifies the rounding of small gradients.
        const tolerance = name.startsWith('adamw') ? 2e-4 : 2e-5;
        assertClose(actual, golden(own + key).data, tolerance, own + key);
      }
    }
  } finally {
    await engine.close();
  }
}

const plain =
  (optimizer: Optimizer) => (parameters: Variable[], slopes: Tensor[], rate: Tensor) => ({
    updates: optimizer(parameters, slopes, rate),
  });

const clipped =
  (optimizer: Optimizer, limit: number) =>
  (parameters: Variable[], slopes: Tensor[], rate: Tensor) => {
    const { clipped, norm } = clipByGlobalNorm(slopes, limit);
    return { updates: optimizer(parameters, clipped, rate), outputs: { norm } };
  };

const CASES: Record<string, Parameters<typeof follows>[1]> = {
  sgd: plain(sgd()),
  'sgd, momentum': plain(sgd({ momentum: 0.9, weightDecay: 0.1, decayAll: true })),
  'sgd, nesterov': plain(sgd({ momentum: 0.8, weightDecay: 0.1, nesterov: true })),
  'sgd, clipped': clipped(sgd({ momentum: 0.9 }), 0.5),
  'sgd, not clipped': clipped(sgd(), 100),
  adamw: plain(adamW({ decayAll: true })),
  'adamw, matrices': plain(adamW({ weightDecay: 0.2, beta1: 0.8, beta2: 0.95, epsilon: 1e-2 })),
  lars: plain(lars({ momentum: 0.9, weightDecay: 0.05, trust: 0.1 })),
  average: (parameters, slopes, rate) => {
    const updates = sgd()(parameters, slopes, rate);
    return { updates: [...updates, ...movingAverage(updates, 0.7)] };
  },
};

test('each golden has its case here', () => {
  const made = new Set(
    [...tensors.keys()].filter((k) => k.split('/').length === 3).map((k) => k.split('/')[0]),
  );
  assert.deepEqual([...made].sort(), Object.keys(CASES).sort());
});

for (const [name, make] of Object.entries(CASES)) {
  test(`five steps of ${name}`, () => follows(name, make));
}

test('an average starts at the weights', () => {
  const w = variable('w', [2], Float32Array.of(3, -4));
  const average = averageOf(w);
  assert.deepEqual([average.name, average.trainable], ['average.w', false]);
  assert.deepEqual([...average.initial], [3, -4]);
});

test('LARS: weights that are all zero take a plain step, and no gradient moves nothing', async () => {
  const [w, still] = [variable('w', [1, 2], 0), variable('still', [1, 2], Float32Array.of(1, 2))];
  const slopes = [input('g', [1, 2]), input('zero', [1, 2])];
  const updates = lars({ weightDecay: 0 })([w, still], slopes, input('rate', []));
  const engine = await openEngine({ threads: 1 });
  try {
    const program = await engine.load(compile({ outputs: {}, updates }));
    await program.run({ g: Float32Array.of(2, -4), zero: Float32Array.of(0, 0), rate: 0.5 });
    const values = await engine.read(['w', 'still']);
    assert.deepEqual([...values.get('w')!], [-1, 2]);
    assert.deepEqual([...values.get('still')!], [1, 2]);
  } finally {
    await engine.close();
  }
});

test('accumulated over four batches, a step is that of the one large batch', async () => {
  const parts = 4;
  const { parameters, loss } = network(BATCH / parts);
  const rate = input('rate', []);
  const sums = accumulation(parameters, parts);
  const optimizer = sgd({ momentum: 0.9 });
  const [small, large] = [await openEngine({ threads: 1 }), await openEngine({ threads: 1 })];
  try {
    const micro = await small.load(
      compile({ outputs: { loss }, updates: sums.add(gradients(loss, parameters)) }),
    );
    const step = await small.load(
      compile({
        outputs: {},
        updates: [...optimizer(parameters, sums.gradients, rate), ...sums.reset],
      }),
    );
    const whole = network();
    const reference = await large.load(
      compile({
        outputs: { loss: whole.loss },
        updates: optimizer(whole.parameters, gradients(whole.loss, whole.parameters), rate),
      }),
    );
    for (let k = 0; k < 3; k++) {
      let sum = 0;
      for (let part = 0; part < parts; part++) {
        const size = BATCH / parts;
        const results = await micro.run(batchOf(k, part * size, (part + 1) * size));
        sum += Number(results.loss[0]) / parts;
      }
      await step.run({ rate: RATES[k] });
      const { loss: expected } = await reference.run({ ...batchOf(k), rate: RATES[k] });
      assertClose([sum], expected, 1e-5);
    }
    const [accumulated, direct] = [await small.read(NAMES), await large.read(NAMES)];
    for (const name of NAMES) {
      assertClose(accumulated.get(name)!, direct.get(name)!, 1e-5, name);
    }
    for (const s of sums.gradients) {
      assert(
        (await small.read([s.name])).get(s.name)!.every((v) => v === 0),
        `${s.name} reset`,
      );
    }
  } finally {
    await Promise.all([small.close(), large.close()]);
  }
});
