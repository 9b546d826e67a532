import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as ort from 'onnxruntime-node';
import { emitter } from './emitter.js';
import { gradients, pullback } from './gradient.js';
import { constant, input, type Tensor, type Variable, variable } from './graph.js';
import { readModel } from './onnx.js';
import * as ops from './ops/index.js';
import { sgd } from './optimizers/sgd.js';
import { compile, exportModel } from './program.js';
import { assertClose, evaluate, useEngine } from './testing/engine.js';
import { modelParts } from './testing/onnx-model.js';
import { values } from './testing/random-values.js';

const engine = useEngine();
const x = input('x', [2, 3]);

const opsOf = (outputs: Record<string, Tensor>) => modelParts(compile({ outputs }).model).ops;

test('equal nodes are emitted once, however often they were made', () => {
  const branch = () => ops.exp(ops.relu(ops.transpose(x)));
  assert.deepEqual(opsOf({ y: ops.add(branch(), branch()) }), ['Transpose', 'Relu', 'Exp', 'Add']);
  const pool = () => ops.maxPool2d(input('image', [1, 1, 4, 4]), { kernel: 2 });
  const slope = gradients(ops.sum(pool()), [x])[0];
  assert.equal(opsOf({ a: pool(), b: pool(), slope }).filter((op) => op === 'MaxPool').length, 1);
});

test('nodes that differ in an attribute, an input or a constant stay apart', async () => {
  const y = {
    rows: ops.softmax(x, 0),
    columns: ops.softmax(x, 1),
    plus: ops.div(1, ops.mul(x, constant(0))),
    minus: ops.div(1, ops.mul(x, constant(-0))),
    one: ops.add(x, constant([1, 2, 3])),
    other: ops.add(x, constant([1, 2, 4])),
  };
  const r = await evaluate(engine(), y, { x: new Float32Array(6).fill(1) });
  assertClose(r.rows, Array(6).fill(1 / 2));
  assertClose(r.columns, Array(6).fill(1 / 3));
  assert.deepEqual([r.plus[0], r.minus[0]], [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  assert.deepEqual([r.one[2], r.other[2]], [4, 5]);
});

test('nodes and leaves that nothing needs are left out', () => {
  const dead = ops.exp(ops.add(input('unused', [2]), variable('idle', [2], 0)));
  assert.deepEqual(dead.shape, [2]);
  const frozen = variable('frozen', [3], 1);
  const y = ops.sum(ops.mul(ops.relu(x), frozen));
  // The gradient by x asks for none by `frozen`.
  const program = compile({ outputs: { g: gradients(y, [x])[0] } });
  const parts = modelParts(program.model);
  assert.deepEqual(parts.inputs.sort(), ['frozen', 'x']);
  assert.deepEqual(Object.keys(program.inputs), ['x']);
  assert.deepEqual(Object.keys(program.variables), ['frozen']);
  assert(!parts.ops.includes('ReduceSum'), `${parts.ops}`);
});

test('outputs: one value under two names, an input, a variable and a constant as they are', async () => {
  const y = ops.relu(x);
  const w = variable('outputs.w', [2], Float32Array.of(7, 8));
  const outputs = { y, again: y, same: x, w, c: constant([1, 2]), from: ops.add(y, 1) };
  const r = await evaluate(engine(), outputs, { x: Float32Array.of(-1, 2, 0, 3, -4, 5) });
  assert.deepEqual([...r.y], [0, 2, 0, 3, 0, 5]);
  assert.deepEqual(r.again, r.y);
  assert.deepEqual([...r.same], [-1, 2, 0, 3, -4, 5]);
  assert.deepEqual([...r.from], [1, 3, 1, 4, 1, 6]);
  assert.deepEqual(
    [[...r.w], [...r.c]],
    [
      [7, 8],
      [1, 2],
    ],
  );
});

test('a value that is output and update at once serves both', async () => {
  const w = variable('both.w', [2], Float32Array.of(1, 2));
  const next = ops.mul(w, 2);
  const program = await engine().load(compile({ outputs: { next }, updates: [[w, next]] }));
  assert.deepEqual([...(await program.run({})).next], [2, 4]);
  assert.deepEqual([...(await program.run({})).next], [4, 8]);
});

test('an update for a variable that the graph does not read', async () => {
  const w = variable('written.w', [2], 0);
  const program = await engine().load(
    compile({ outputs: {}, updates: [[w, ops.relu(input('v', [2]))]] }),
  );
  await program.run({ v: Float32Array.of(-1, 4) });
  assert.deepEqual([...(await engine().read(['written.w'])).get('written.w')!], [0, 4]);
});

test('two different leaves of one name are refused, and named', () => {
  const y = (a: Tensor, b: Tensor) => () =>
    compile({ outputs: { y: ops.add(ops.sum(a), ops.sum(b)) } });
  assert.throws(
    y(input('a', [2]), input('a', [3])),
    /two different leaves named a: .*\[2\].*\[3\]/,
  );
  assert.throws(
    y(input('a', [2]), ops.cast(input('a', [2], 'int64'), 'float32')),
    /named a: .*int64/,
  );
  assert.throws(y(input('a', [2]), variable('a', [2], 0)), /named a: .*input.*variable/);
  assert.throws(y(variable('a', [2], 0), variable('a', [2], 1)), /named a: .*start/);
  // The same leaf made twice is one leaf.
  y(input('a', [2]), input('a', [2]))();
  y(variable('a', [2], 1), variable('a', [2], 1))();
  const [w, other] = [variable('w', [2], 0), variable('w', [2], 1)];
  assert.throws(() => compile({ outputs: { w }, updates: [[other, w]] }), /named w/);
});

test('names and shapes of outputs and updates that do not fit are refused', () => {
  const w = variable('w', [2, 3], 0);
  assert.throws(
    () => compile({ outputs: { x: ops.relu(x) } }),
    /output x has the name of an existing input/,
  );
  assert.throws(
    () => compile({ outputs: { w: ops.add(w, 1) } }),
    /output w has the name of an existing variable/,
  );
  assert.throws(() => compile({ outputs: {}, updates: [[w, ops.transpose(w)]] }), {
    name: 'ShapeError',
    message: /update of w: \[3,2\] for a variable of \[2,3\]/,
  });
  const twice = [
    [w, x],
    [w, ops.relu(x)],
  ] as const;
  assert.throws(() => compile({ outputs: {}, updates: twice }), /two updates of w/);
});

test('leaves refuse values that do not fit their shape', () => {
  assert.throws(() => variable('w', [2, 2], Float32Array.of(1)), /variable w: 1 initial .*\[2,2\]/);
  assert.throws(() => constant([1, 2, 3], [2]), /constant: 3 values for \[2\]/);
  assert.throws(() => ops.pad(x, 0, 0.5, 0), { name: 'ShapeError', message: /2\.5,3/ });
});

test('the emitter tells 0 from -0, and shares short constants only', () => {
  const emit = emitter('cpu');
  assert.equal(emit.scalar(1), emit.scalar(1));
  assert.notEqual(emit.scalar(0), emit.scalar(-0));
  assert.notEqual(emit.ints([1]), emit.scalar(1));
  assert.notEqual(
    emit.constant(Float32Array.of(1), [], 'float32'),
    emit.constant(Float32Array.of(1), [1], 'float32'),
  );
  assert.notEqual(emit.op('Softmax', ['x'], { axis: 0 }), emit.op('Softmax', ['x'], { axis: 1 }));
  const long = new Float32Array(100);
  assert.notEqual(emit.constant(long, [100], 'float32'), emit.constant(long, [100], 'float32'));
});

/** A network with every kind of layer that an exported model may hold. */
function network(batch: number): { outputs: Record<string, Tensor>; weights: Variable[] } {
  const weights: Variable[] = [];
  const weight = (shape: number[], low = -0.5, high = 0.5) => {
    const { data } = values(weights.length, shape, low, high);
    weights.push(variable(`layer${weights.length}`, shape, data));
    return weights[weights.length - 1];
  };
  const image = input('image', [batch, 3, 8, 8]);
  let y = ops.conv2d(image, weight([4, 3, 3, 3]), weight([4]), { padding: 1 });
  y = ops.batchNormInference(y, weight([4]), weight([4]), weight([4]), weight([4], 0.5, 2));
  y = ops.maxPool2d(ops.relu(y), { kernel: 2 });
  y = ops.groupNorm(y, 2, weight([4]), weight([4]));
  const up = ops.convTranspose2d(y, weight([4, 3, 2, 2]), undefined, { stride: 2 });
  const both = ops.concat([up, ops.upsampleNearest(ops.avgPool2d(image, { kernel: 2 }), 2)], 1);
  const features = ops.globalAvgPool2d(ops.upsampleBilinear(ops.gelu(both), 2));
  const flat = ops.flatten(ops.slice(y, 1, 1, 3));
  const logits = ops.linear(ops.concat([features, flat], 1), weight([5, 38]), weight([5]));
  const theta = ops.broadcastTo(constant([1, 0.2, 0, -0.2, 1, 0.1], [1, 2, 3]), [batch, 2, 3]);
  const pool = weight([6, 5]);
  return {
    weights,
    outputs: {
      logits,
      probabilities: ops.softmax(logits),
      grade: ops.argMax(logits),
      score: ops.mean(ops.cosineDistance(ops.reshape(logits, [batch, 1, 5]), pool), [1]),
      similarity: ops.cosineMatrix(logits, pool),
      turned:
        batch === 1
          ? ops.gridSample(
              image,
              ops.affineGrid(constant([1, 0.2, 0, -0.2, 1, 0.1], [1, 2, 3]), 8, 8),
            )
          : ops.gridSample(image, ops.affineGrid(theta, 8, 8)),
      threshold: constant(0.5),
    },
  };
}

test('an exported model takes any batch in plain ONNX Runtime, and equals the engine', async () => {
  const { outputs, weights } = network(1);
  delete outputs.turned;
  const model = exportModel({
    name: 'severity',
    outputs,
    weights: new Map(weights.map((w) => [w.name, w.initial])),
    metadata: { classes: '5', note: 'größer' },
  });
  assert.deepEqual(modelParts(model).metadata, { classes: '5', note: 'größer' });
  assert.deepEqual(modelParts(model).inputs, ['image']);
  const session = await ort.InferenceSession.create(model);
  try {
    for (const batch of [1, 3]) {
      const { data } = values(batch, [batch, 3, 8, 8]);
      const plain = await session.run({ image: new ort.Tensor('float32', data, [batch, 3, 8, 8]) });
      const same = network(batch).outputs;
      delete same.turned;
      const truth = await evaluate(engine(), same, { image: data });
      for (const [name, { shape }] of Object.entries(same)) {
        assert.deepEqual(plain[name].dims, shape, `${name}, batch of ${batch}`);
        assertClose(plain[name].data as Float32Array, truth[name], 1e-5, name);
      }
    }
  } finally {
    await session.release();
  }
});

test('an exported gradient takes a batch of any size, and several rows of an image', async () => {
  const rows = 3;
  const weight = variable('conv.weight', [4, 2, 3, 3], values(5, [4, 2, 3, 3]).data);
  const slopeOf = (batch: number) => {
    const image = input('image', [batch, 2, 8, 8]);
    const shares = constant([0.2, 0.5, 1], [1, rows, 1, 1, 1]);
    const points = ops.mul(ops.reshape(image, [-1, 1, 2, 8, 8]), shares);
    const all = ops.reshape(points, [-1, 2, 8, 8]);
    const seen = ops.relu(ops.conv2d(all, weight, undefined, { padding: 1 }));
    const pooled = ops.maxPool2d(seen, { kernel: 3, stride: 2, padding: 1 });
    const answer = ops.softmax(ops.globalAvgPool2d(pooled));
    const dy = ops.add(ops.mul(ops.stopGradient(answer), 0), constant([1, 2, 3, 4], [1, 4]));
    const [slope] = pullback(answer, dy, [all]);
    return ops.sum(ops.reshape(slope, [-1, rows, 2, 8, 8]), [1]);
  };
  const model = exportModel({
    name: 'slope',
    outputs: { slope: slopeOf(1) },
    weights: new Map([['conv.weight', weight.initial]]),
  });
  const session = await ort.InferenceSession.create(model);
  try {
    for (const batch of [1, 4]) {
      const { data } = values(batch, [batch, 2, 8, 8]);
      const { slope } = await session.run({
        image: new ort.Tensor('float32', data, [batch, 2, 8, 8]),
      });
      const truth = await evaluate(engine(), { slope: slopeOf(batch) }, { image: data });
      assert.deepEqual(slope.dims, [batch, 2, 8, 8]);
      assertClose(slope.data as Float32Array, truth.slope, 1e-5);
    }
  } finally {
    await session.release();
  }
});

test('readModel: metadata, and weights by name, those alike too', () => {
  const [a, b] = ['a', 'b'].map((name) => variable(name, [2, 3], 0));
  const weights = new Map([
    ['a', Float32Array.of(1, 2, 3, 4, 5, 6)],
    ['b', Float32Array.of(1, 2, 3, 4, 5, 6)],
  ]);
  const y = ops.add(ops.linear(input('v', [1, 3]), a), ops.linear(input('v', [1, 3]), b));
  const model = exportModel({ name: 'm', outputs: { y }, weights, metadata: { note: 'größer' } });
  // Anywhere in a larger buffer, as files are read.
  const shifted = new Uint8Array(model.length + 3);
  shifted.set(model, 3);
  const { metadata, constants } = readModel(shifted.subarray(3));
  assert.deepEqual(metadata, { note: 'größer' });
  for (const [name, data] of weights)
    assert.deepEqual(constants.get(name), { shape: [2, 3], data });
  assert.throws(() => readModel(new Uint8Array([1, 2, 3])));
});

test('export refuses missing weights and those of another shape, by name', () => {
  const w = variable('fc.weight', [2, 3], 0);
  const spec = { name: 'm', outputs: { y: ops.linear(input('v', [1, 3]), w) } };
  const refused = { name: 'ShapeError', message: /no weights of shape \[2,3\] for fc\.weight/ };
  assert.throws(() => exportModel({ ...spec, weights: new Map() }), refused);
  const short = new Map([['fc.weight', new Float32Array(5)]]);
  assert.throws(() => exportModel({ ...spec, weights: short }), refused);
});

const CHECK =
  'import onnx, sys\nfor f in sys.argv[1:]: onnx.checker.check_model(f, full_check=True)';
const python = ['python3', '/usr/bin/python3'].find(
  (command) => spawnSync(command, ['-c', 'import onnx']).status === 0,
);

test("ONNX's own checker accepts exported models and training steps", {
  skip: python ? false : 'python3-onnx is not installed',
}, async () => {
  const { outputs, weights } = network(1);
  const exported = exportModel({
    name: 'severity',
    outputs,
    weights: new Map(weights.map((w) => [w.name, w.initial])),
    metadata: { classes: '5' },
  });
  const step = network(2);
  const { y } = ops.batchNorm(step.outputs.turned, constant([1, 1, 1]), constant([0, 0, 0]));
  const loss = ops.add(ops.sum(ops.square(step.outputs.logits)), ops.sum(ops.exp(y)));
  const trained = step.weights.slice(0, 2);
  const image = step.outputs.turned.inputs[0];
  const slopes = gradients(loss, [...trained, image]);
  const training = compile({
    outputs: { loss, slope: slopes[2] },
    updates: sgd({ momentum: 0.9 })(trained, slopes.slice(0, 2), input('rate', [])),
  });
  const folder = await mkdtemp(join(tmpdir(), 'onnx-'));
  try {
    const files = ['exported.onnx', 'training.onnx'].map((name) => join(folder, name));
    await writeFile(files[0], exported);
    await writeFile(files[1], training.model);
    const { status, stderr } = spawnSync(python!, ['-c', CHECK, ...files], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('an exported model multiplies where each output of a convolution sees the whole image', () => {
  const w = variable('w', [4, 3, 3, 3], 0.5);
  const made = (side: number) => {
    const y = ops.conv2d(input('x', [1, 3, side, side]), w, undefined, { padding: 1 });
    return modelParts(
      exportModel({ name: 'm', outputs: { y }, weights: new Map([['w', w.initial]]) }),
    ).ops;
  };
  assert.ok(made(2).includes('MatMul') && !made(2).includes('Conv'));
  assert.deepEqual(made(3), ['Conv']);
});
