// The worker thread of an engine: ONNX Runtime sessions and the variables they share.

import { parentPort } from 'node:worker_threads';
import * as ort from 'onnxruntime-node';
import { findBlockSize } from './block-size.js';
import type { LoadedProgram, ModelDescription, Place, Reply, Request } from './engine.js';
import { filled, type Shape, size, type TensorData } from './graph.js';
import { packFilter, shapeIn, unpackFilter } from './layout.js';
import { MARK } from './program.js';

type Open = Extract<Request, { kind: 'open' }>;
type Run = Extract<Request, { kind: 'run' }>;
type Start = Extract<Request, { kind: 'start' }>;

if (!parentPort) throw new Error('the engine starts this file as a worker thread');
const port = parentPort;

/** A variable's value; with a block of more than 1 it is in the filter layout. */
interface Kept {
  readonly tensor: ort.Tensor;
  readonly shape: Shape;
  readonly block: number;
  /** Memory that a step made. What was written from outside may be shared by variables. */
  readonly own?: boolean;
  /** Memory for the next value: a step reads one and writes the other, and allocates nothing. */
  readonly spare?: ort.Tensor;
}

const ARRAY = {
  float32: Float32Array,
  int64: BigInt64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
};

let options: Open;
type Loaded = Omit<LoadedProgram, 'model'>;
const programs = new Map<number, { program: Loaded; session: ort.InferenceSession }>();
const variables = new Map<string, Kept>();
/** Values written for variables that no program has had yet. */
const early = new Map<string, Float32Array>();

const floats = (data: Float32Array, shape: readonly number[]): ort.Tensor =>
  new ort.Tensor('float32', data, shape);

const keptPlain = (values: Float32Array, shape: Shape): Kept => ({
  tensor: floats(values, shape),
  shape,
  block: 1,
});

const plainValues = ({ tensor, shape, block }: Kept): Float32Array => {
  const data = tensor.data as Float32Array;
  return block === 1 ? data : unpackFilter(data, shape, block);
};

/** A variable in the layout that a program holds it in. */
function laidOut(name: string, { filters, block }: Loaded): ort.Tensor {
  const kept = variables.get(name) as Kept;
  const wanted = filters.includes(name) ? block : 1;
  if (kept.block === wanted) return kept.tensor;
  const { shape } = kept;
  const plain = plainValues(kept);
  const tensor =
    wanted === 1
      ? floats(plain, shape)
      : floats(packFilter(plain, shape, wanted), shapeIn('filter', shape));
  variables.set(name, { tensor, shape, block: wanted, own: true });
  return tensor;
}

/** @returns the names of variables that have no value yet */
async function load(program: LoadedProgram, key: number): Promise<string[]> {
  for (const [name, shape] of Object.entries(program.variables)) {
    const known = variables.get(name)?.shape;
    if (known && known.join() !== shape.join()) {
      throw new Error(`variable ${name} is [${known}], the program expects [${shape}]`);
    }
    const written = early.get(name);
    if (written && written.length !== size(shape)) {
      throw new Error(
        `variable ${name} has ${written.length} values, the program expects [${shape}]`,
      );
    }
  }
  // On a GPU updated variables stay on the device and feed the next run from there.
  const onDevice = options.provider === 'webgpu';
  const session = await ort.InferenceSession.create(program.model, {
    executionProviders: [options.provider],
    graphOptimizationLevel: 'all',
    // A pattern is planned after the first run, beside the memory that it took: 110 MB of 860 for a
    // ResNet-18 step of 32 images of 64 px, and no faster.
    enableMemPattern: false,
    ...(options.threads !== undefined && { intraOpNumThreads: options.threads }),
    logSeverityLevel: 3,
    // Fading momenta become denormal numbers, on which arithmetic is a hundred times slower.
    extra: { session: { set_denormal_as_zero: '1' } },
    ...(options.profile && { enableProfiling: true, profileFilePrefix: options.profile }),
    ...(onDevice && {
      preferredOutputLocation: Object.fromEntries([
        ...Object.keys(program.outputs).map((name) => [name, 'cpu'] as const),
        ...Object.values(program.updates).map((name) => [name, 'gpu-buffer'] as const),
      ]),
    }),
  });
  const { model, ...kept } = program;
  programs.set(key, { program: kept, session });
  for (const [name, shape] of Object.entries(program.variables)) {
    const written = early.get(name);
    if (written && !variables.has(name)) variables.set(name, keptPlain(written, shape));
    early.delete(name);
  }
  return Object.keys(program.variables).filter((name) => !variables.has(name));
}

/** The first value of a variable, unless another program was faster. */
function start({ name, shape, values, block }: Start): void {
  if (variables.has(name)) return;
  const data = typeof values === 'number' ? filled(size(shape), values) : values;
  const tensor = floats(data, block > 1 ? shapeIn('filter', shape) : shape);
  variables.set(name, { tensor, shape, block, own: true });
}

/** Memory for a variable's next value; null where it stays on a device. */
function nextOf(name: string, { inPlace }: Loaded): ort.Tensor | null {
  if (options.provider !== 'cpu') return null;
  const { spare, tensor, own } = variables.get(name) as Kept;
  if (own && inPlace.includes(name)) return tensor;
  return spare ?? floats(new Float32Array(tensor.size), tensor.dims);
}

async function run({ key, feeds }: Run): Promise<Record<string, TensorData>> {
  const loaded = programs.get(key);
  if (!loaded) throw new Error('the program was released');
  const { program, session } = loaded;
  const inputs: Record<string, ort.Tensor> = {};
  for (const name of session.inputNames) {
    const feed = feeds[name];
    inputs[name] = feed
      ? new ort.Tensor(feed.dtype, feed.data as never, feed.shape)
      : laidOut(name, program);
  }
  const fetches: Record<string, ort.Tensor | null> = {};
  if (program.marked) fetches[MARK] = null;
  for (const [name, { dtype, shape }] of Object.entries(program.outputs)) {
    fetches[name] = program.marked
      ? new ort.Tensor(dtype, new ARRAY[dtype](size(shape)) as never, shape)
      : null;
  }
  for (const [name, output] of Object.entries(program.updates)) {
    fetches[output] = nextOf(name, program);
  }
  const results = program.marked
    ? await runMarked(session, inputs, fetches)
    : await session.run(inputs, fetches);
  for (const [name, output] of Object.entries(program.updates)) {
    const { tensor: previous, shape, own } = variables.get(name) as Kept;
    const tensor = results[output];
    const block = program.filters.includes(name) ? program.block : 1;
    const onDevice = previous.location === 'gpu-buffer';
    const spare = own && tensor !== previous ? { spare: previous } : {};
    variables.set(name, { tensor, shape, block, own: !onDevice, ...spare });
    if (onDevice) previous.dispose();
  }
  return Object.fromEntries(
    Object.keys(program.outputs).map((name) => [name, results[name].data as TensorData]),
  );
}

/**
 * Runs a model into memory of ours, all of it. onnxruntime-node (1.30) does write there, but then makes
 * a copy of each output besides: 35 ms for the 47 MB of a ResNet-18's weights, of which a step returns
 * two such sets. Its copies begin with the mark, a sequence, of which it makes none, and end there.
 */
async function runMarked(
  session: ort.InferenceSession,
  inputs: Record<string, ort.Tensor>,
  fetches: Record<string, ort.Tensor | null>,
): Promise<Record<string, ort.Tensor>> {
  try {
    await session.run(inputs, fetches);
  } catch (error) {
    if (!/^Non tensor type/.test((error as Error).message)) throw error;
  }
  return fetches as Record<string, ort.Tensor>;
}

async function read(names: readonly string[] = [...variables.keys(), ...early.keys()]) {
  const values = new Map<string, Float32Array>();
  const onDevice: string[] = [];
  for (const name of names) {
    const kept = variables.get(name);
    const written = early.get(name);
    if (written) values.set(name, written);
    else if (!kept) throw new Error(`no variable named ${name}`);
    else if (kept.tensor.location === 'cpu') values.set(name, plainValues(kept));
    else onDevice.push(name);
  }
  if (onDevice.length > 0) await readFromDevice(onDevice, values);
  return values;
}

/**
 * Reads device tensors through a model of Identity nodes whose outputs live on the CPU: calling
 * `getData()` on one aborts the process (onnxruntime-node 1.30).
 */
async function readFromDevice(names: readonly string[], into: Map<string, Float32Array>) {
  const { encodeModel } = await import('./onnx.js');
  const values = names.map((name) => ({
    name,
    shape: variables.get(name)!.tensor.dims,
    dtype: 'float32' as const,
  }));
  const model = encodeModel({
    name: 'read',
    nodes: names.map((name) => ({
      opType: 'Identity',
      domain: '',
      inputs: [name],
      outputs: [`${name}:read`],
      attributes: {},
    })),
    inputs: values,
    outputs: values.map((v) => ({ ...v, name: `${v.name}:read` })),
    constants: [],
  });
  const session = await ort.InferenceSession.create(model, {
    executionProviders: [options.provider],
  });
  const feeds = Object.fromEntries(names.map((name) => [name, variables.get(name)!.tensor]));
  const results = await session.run(feeds);
  for (const name of names) into.set(name, results[`${name}:read`].data as Float32Array);
  await session.release();
}

function write(all: ReadonlyMap<string, Float32Array>): void {
  for (const [name, values] of all) {
    const known = variables.get(name)?.shape;
    if (known && size(known) !== values.length) {
      throw new Error(`variable ${name} is [${known}], got ${values.length} values`);
    }
  }
  for (const [name, values] of all) {
    const known = variables.get(name);
    if (known) variables.set(name, keptPlain(values, known.shape));
    else early.set(name, values);
    if (known?.tensor.location === 'gpu-buffer') known.tensor.dispose();
  }
}

/** On WebGPU the device goes with the last session: what is on it is fetched before. */
async function release(key: number): Promise<void> {
  const loaded = programs.get(key);
  if (!loaded) return;
  if (programs.size === 1) {
    const names = [...variables.keys()].filter((name) => placeOf(name) === 'device');
    for (const [name, values] of names.length > 0 ? await read(names) : []) {
      const { tensor: onDevice, shape } = variables.get(name)!;
      variables.set(name, keptPlain(values, shape));
      onDevice.dispose();
    }
  }
  programs.delete(key);
  await loaded.session.release();
}

const placeOf = (name: string): Place =>
  variables.get(name)?.tensor.location === 'gpu-buffer' ? 'device' : 'host';

async function describe(model: Uint8Array): Promise<ModelDescription> {
  const session = await ort.InferenceSession.create(model, {
    executionProviders: [options.provider],
    logSeverityLevel: 3,
  });
  const values = (list: readonly ort.InferenceSession.ValueMetadata[]) =>
    Object.fromEntries(
      list.map((v) => [
        v.name,
        v.isTensor
          ? { type: v.type, shape: v.shape.map((n) => (Number(n) > 0 ? Number(n) : -1)) }
          : { type: 'not a tensor', shape: [] },
      ]),
    );
  const described = {
    inputs: values(session.inputMetadata),
    outputs: values(session.outputMetadata),
  };
  await session.release();
  return described;
}

async function answer(request: Request): Promise<unknown> {
  switch (request.kind) {
    case 'open':
      options = request;
      return request.provider === 'cpu' ? findBlockSize() : 1;
    case 'load':
      return load(request.program, request.key);
    case 'describe':
      return describe(request.model);
    case 'start':
      return start(request);
    case 'run':
      return run(request);
    case 'release':
      return release(request.key);
    case 'read':
      return read(request.names);
    case 'write':
      return write(request.values);
    case 'places':
      return new Map([...variables.keys(), ...early.keys()].map((name) => [name, placeOf(name)]));
    case 'close':
      for (const { session } of programs.values()) {
        if (options.profile) session.endProfiling();
        await session.release();
      }
  }
}

// One request after another: a write never overtakes the run before it.
let queue: Promise<void> = Promise.resolve();
port.on('message', ({ id, request }: { id: number; request: Request }) => {
  queue = queue.then(async () => {
    const reply: Reply = { id };
    try {
      reply.result = await answer(request);
    } catch (error) {
      reply.error = error instanceof Error ? error.message : String(error);
    }
    port.postMessage(reply);
  });
});
