import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Engine, openEngine } from './engine.js';
import { constant, input, variable } from './graph.js';
import { add, mul } from './ops/elementwise.js';
import { gather } from './ops/gather.js';
import { gemm } from './ops/matmul.js';
import { sum } from './ops/reduce.js';
import { reshape } from './ops/reshape.js';
import { compile, exportModel } from './program.js';
import { useEngine } from './testing/engine.js';

const engine = useEngine();

/** An engine of its own, for a test that looks at all variables. */
async function withEngine(check: (engine: Engine) => Promise<void>): Promise<void> {
  const own = await openEngine({ threads: 1 });
  try {
    await check(own);
  } finally {
    await own.close();
  }
}

const vector = (engine: Engine, name: string) =>
  engine.read([name]).then((values) => [...values.get(name)!]);

test('variables persist from run to run, and programs of one engine share them', () =>
  withEngine(async (engine) => {
    const w = variable('w', [2], Float32Array.of(1, 2));
    const rate = input('rate', []);
    const step = await engine.load(
      compile({ outputs: { before: w }, updates: [[w, add(w, rate)]] }),
    );
    assert.deepEqual([...(await step.run({ rate: 1 })).before], [1, 2]);
    assert.deepEqual([...(await step.run({ rate: 10 })).before], [2, 3]);
    // Another program's variable of that name is the same one, whatever value it starts from.
    const other = variable('w', [2], Float32Array.of(-1, -1));
    const twice = await engine.load(compile({ outputs: { y: mul(other, 2) } }));
    assert.deepEqual([...(await twice.run({})).y], [24, 26]);
    await step.run({ rate: 100 });
    assert.deepEqual([...(await twice.run({})).y], [224, 226]);
    assert.deepEqual(await vector(engine, 'w'), [112, 113]);
    // Releasing a program keeps what it learned.
    await step.release();
    assert.deepEqual([...(await twice.run({})).y], [224, 226]);
  }));

test('all updates of a run see the values before it', () =>
  withEngine(async (engine) => {
    const [a, b] = [variable('a', [1], 1), variable('b', [1], 2)];
    const swap = await engine.load(
      compile({
        outputs: {},
        updates: [
          [a, b],
          [b, a],
        ],
      }),
    );
    await swap.run({});
    assert.deepEqual([await vector(engine, 'a'), await vector(engine, 'b')], [[2], [1]]);
    await swap.run({});
    assert.deepEqual([await vector(engine, 'a'), await vector(engine, 'b')], [[1], [2]]);
  }));

test('an engine keeps its variables to itself', () =>
  withEngine((one) =>
    withEngine(async (two) => {
      const w = variable('w', [1], 1);
      const program = compile({ outputs: { before: w }, updates: [[w, add(w, 1)]] });
      const [first, second] = [await one.load(program), await two.load(program)];
      await first.run({});
      await first.run({});
      assert.deepEqual([...(await second.run({})).before], [1]);
      assert.deepEqual(await vector(one, 'w'), [3]);
    }),
  ));

test('what is written is read back, used by the next run, and kept for programs yet to come', () =>
  withEngine(async (engine) => {
    const early = new Map([
      ['late', Float32Array.of(5, 6, 7, 8)],
      ['single', Float32Array.of(9)],
    ]);
    await engine.write(early);
    assert.deepEqual(await engine.read(), early);
    const w = variable('w', [2, 2], Float32Array.of(1, 2, 3, 4));
    const late = variable('late', [2, 2], 0);
    const single = variable('single', [], 0);
    const product = await engine.load(
      compile({ outputs: { y: add(gemm(w, late), single) }, updates: [[w, mul(w, 1)]] }),
    );
    assert.deepEqual([...(await product.run({})).y], [28, 31, 52, 59]);
    await engine.write(new Map([['w', Float32Array.of(0, 1, 1, 0)]]));
    assert.deepEqual([...(await product.run({})).y], [16, 17, 14, 15]);
    assert.deepEqual((await engine.read()).get('w'), Float32Array.of(0, 1, 1, 0));
  }));

test('values read are a copy: changing them changes nothing', () =>
  withEngine(async (engine) => {
    const w = variable('w', [2], Float32Array.of(1, 2));
    await engine.load(compile({ outputs: { value: w } }));
    (await engine.read(['w'])).get('w')!.fill(99);
    assert.deepEqual(await vector(engine, 'w'), [1, 2]);
    w.initial.fill(77);
    assert.deepEqual(await vector(engine, 'w'), [1, 2]);
  }));

test('a write of the wrong length names the variable and changes none', () =>
  withEngine(async (engine) => {
    const [a, b] = [variable('a', [2], 1), variable('b', [2], 1)];
    await engine.load(compile({ outputs: { y: add(a, b) } }));
    const values = new Map([
      ['a', Float32Array.of(5, 5)],
      ['b', Float32Array.of(5, 5, 5)],
    ]);
    await assert.rejects(engine.write(values), /variable b .*\[2\].* 3 values/);
    assert.deepEqual(await vector(engine, 'a'), [1, 1]);
  }));

test('a program whose variable has another size is refused, and the engine goes on', () =>
  withEngine(async (engine) => {
    const ok = await engine.load(compile({ outputs: { y: variable('w', [2], 1) } }));
    const bad = compile({ outputs: { y: variable('w', [3], 1) } });
    await assert.rejects(engine.load(bad), /variable w is \[2\], the program expects \[3\]/);
    const turned = compile({ outputs: { y: variable('m', [2, 3], 1) } });
    await engine.load(turned);
    const other = compile({ outputs: { y: variable('m', [3, 2], 1) } });
    await assert.rejects(engine.load(other), /variable m .*\[2,3\].*\[3,2\]/);
    await engine.write(new Map([['later', Float32Array.of(1, 2, 3)]]));
    const later = compile({ outputs: { y: variable('later', [2], 1) } });
    await assert.rejects(engine.load(later), /variable later has 3 values.*\[2\]/);
    assert.deepEqual([...(await ok.run({})).y], [1, 1]);
  }));

test('reading a variable that is not there names it', async () => {
  await assert.rejects(engine().read(['absent']), /no variable named absent/);
});

test('feeds: a missing, too short or mistyped one is refused by the name of its input', async () => {
  const [x, k] = [input('image', [2, 3]), input('label', [2], 'int64')];
  const program = await engine().load(compile({ outputs: { same: x, classes: k } }));
  const [image, label] = [new Float32Array(6), new BigInt64Array(2)];
  await assert.rejects(program.run({ label }), /input image \[2,3\] was not fed/);
  await assert.rejects(
    program.run({ image: new Float32Array(5), label }),
    /input image takes float32 \[2,3\], got 5 values/,
  );
  await assert.rejects(program.run({ image: 1, label }), /input image .*got 1 values/);
  await assert.rejects(
    program.run({ image, label: new Float32Array(2) }),
    /input label takes int64 \[2\], got Float32Array/,
  );
  assert.deepEqual((await program.run({ image, label })).classes, label);
});

test('inputs and outputs of every type', async () => {
  const types = {
    float32: Float32Array.of(1.5, -2),
    int64: BigInt64Array.of(2n ** 40n, -3n),
    int32: Int32Array.of(-5, 6),
    uint8: Uint8Array.of(0, 255),
    bool: Uint8Array.of(1, 0),
  } as const;
  const names = Object.keys(types) as (keyof typeof types)[];
  const outputs = Object.fromEntries(
    names.map((t) => [`${t} out`, reshape(input(t, [2], t), [2, 1])]),
  );
  const program = await engine().load(compile({ outputs }));
  const results = await program.run(types);
  for (const t of names) assert.deepEqual(results[`${t} out`], types[t], t);
});

test('a number feeds a scalar of any type', async () => {
  const outputs = { y: input('lr', []), z: input('k', [1], 'int64') };
  const program = await engine().load(compile({ outputs }));
  const results = await program.run({ lr: 0.5, k: 7 });
  assert.deepEqual([[...results.y], [...results.z]], [[0.5], [7n]]);
});

test('an open leading size follows from the number of values fed', async () => {
  const y = sum(input('rows', [1, 2, 3]), [2]);
  const program = await engine().load({
    ...compile({ outputs: { y } }),
    model: exportModel({ name: 'open', outputs: { y }, weights: new Map() }),
    inputs: { rows: { shape: [-1, 2, 3], dtype: 'float32' } },
  });
  const rows = Float32Array.from({ length: 18 }, (_, i) => i);
  assert.deepEqual([...(await program.run({ rows })).y], [3, 12, 21, 30, 39, 48]);
  assert.deepEqual([...(await program.run({ rows: rows.slice(0, 6) })).y], [3, 12]);
  await assert.rejects(
    program.run({ rows: rows.slice(0, 8) }),
    /input rows takes float32 \[-1,2,3\], got 8 values/,
  );
});

test('a profile is written when the engine closes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'profile-'));
  try {
    const own = await openEngine({ threads: 1, profile: join(folder, 'step') });
    const program = await own.load(
      compile({ outputs: { y: gemm(input('x', [2, 2]), input('x', [2, 2])) } }),
    );
    await program.run({ x: new Float32Array(4) });
    await own.close();
    const [file] = await readdir(folder);
    assert.match(file, /^step.*\.json$/);
    assert.match(await readFile(join(folder, file), 'utf8'), /Gemm/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** A run of some hundred milliseconds. */
function longProgram() {
  const n = 512;
  const x = input('x', [n, n]);
  let y = gemm(x, x);
  for (let i = 0; i < 60; i++) y = gemm(y, x);
  const feeds = { x: new Float32Array(n * n) };
  return { program: compile({ outputs: { y: reshape(y, [-1]) } }), feeds };
}

test('the process stays responsive during a run', async () => {
  const { program, feeds } = longProgram();
  const long = await engine().load(program);
  await long.run(feeds);
  let ticks = 0;
  const timer = setInterval(() => ticks++, 5);
  const start = performance.now();
  await long.run(feeds);
  const spent = performance.now() - start;
  clearInterval(timer);
  assert(spent > 50, `the run took ${spent} ms, too short to tell`);
  assert(ticks >= 5, `${ticks} ticks of a 5 ms timer in ${spent} ms`);
});

test('requests are answered in the order they were made', () =>
  withEngine(async (engine) => {
    const w = variable('w', [1], 0);
    const step = await engine.load(compile({ outputs: { before: w }, updates: [[w, add(w, 1)]] }));
    const answers = await Promise.all([
      step.run({}),
      step.run({}),
      engine.write(new Map([['w', Float32Array.of(10)]])),
      step.run({}),
      engine.read(['w']),
    ]);
    assert.deepEqual(
      [...answers[0].before, ...answers[1].before, ...answers[3].before],
      [0, 1, 10],
    );
    assert.deepEqual([...answers[4].get('w')!], [11]);
  }));

test('a released program cannot run, and says so', async () => {
  const program = await engine().load(compile({ outputs: { y: constant([1, 2]) } }));
  assert.deepEqual([...(await program.run({})).y], [1, 2]);
  await program.release();
  await program.release();
  await assert.rejects(program.run({}), /released/);
});

test('a closed engine refuses, and closing it again does no harm', async () => {
  const own = await openEngine({ threads: 1 });
  const program = await own.load(compile({ outputs: { y: constant(1) } }));
  await Promise.all([own.close(), own.close()]);
  await own.close();
  await assert.rejects(program.run({}), /the engine is closed/);
  await assert.rejects(own.read(), /the engine is closed/);
});

test('closing waits for the run under way', async () => {
  const own = await openEngine({ threads: 1 });
  const { program, feeds } = longProgram();
  const long = await own.load(program);
  const [results] = await Promise.all([long.run(feeds), own.close()]);
  assert.equal(results.y.length, 512 * 512);
});

test('a program for another provider is refused', async () => {
  const program = compile({ outputs: { y: constant(1) }, provider: 'cuda' });
  await assert.rejects(engine().load(program), /compiled for cuda on an engine for cpu/);
});

test('describe tells what any model takes and gives, open sizes as -1', async () => {
  const x = input('x', [1, 3]);
  const rows = input('rows', [1], 'int64');
  const outputs = { y: mul(x, 2), z: gather(x, rows) };
  const model = exportModel({ name: 'two', outputs, weights: new Map() });
  assert.deepEqual(await engine().describe(model), {
    inputs: { x: { type: 'float32', shape: [-1, 3] }, rows: { type: 'int64', shape: [-1] } },
    outputs: { y: { type: 'float32', shape: [-1, 3] }, z: { type: 'float32', shape: [-1, 3] } },
  });
  await assert.rejects(engine().describe(Uint8Array.of(1, 2, 3)));
});
