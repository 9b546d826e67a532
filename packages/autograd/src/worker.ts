// The worker thread of an engine: ONNX Runtime sessions and the variables they share.

import { parentPort } from 'node:worker_threads';
import * as ort from 'onnxruntime-node';
import type { Reply, Request } from './engine.js';
import { size, type TensorData } from './graph.js';
import type { Program } from './program.js';

type Open = Extract<Request, { kind: 'open' }>;
type Run = Extract<Request, { kind: 'run' }>;

if (!parentPort) throw new Error('the engine starts this file as a worker thread');
const port = parentPort;

let options: Open;
const programs = new Map<number, { program: Program; session: ort.InferenceSession }>();
const variables = new Map<string, ort.Tensor>();

const floats = (data: Float32Array, shape: readonly number[]): ort.Tensor =>
  new ort.Tensor('float32', data, shape);

async function load(program: Program, key: number): Promise<void> {
  // On a GPU updated variables stay on the device and feed the next run from there.
  const onDevice = options.provider === 'webgpu';
  const session = await ort.InferenceSession.create(program.model, {
    executionProviders: [options.provider],
    graphOptimizationLevel: 'all',
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
  programs.set(key, { program, session });
  for (const [name, { shape, initial }] of Object.entries(program.variables)) {
    const known = variables.get(name);
    const values = known && known.dims.length === 1 && shape.length !== 1 ? known.data : undefined;
    if (!known || (values && known.size === initial.length)) {
      variables.set(name, floats((values as Float32Array | undefined) ?? initial, shape));
    } else if (known.size !== initial.length) {
      throw new Error(`variable ${name} has ${known.size} values, the program expects [${shape}]`);
    }
  }
}

async function run({ key, feeds }: Run): Promise<Record<string, TensorData>> {
  const { program, session } = programs.get(key)!;
  const inputs: Record<string, ort.Tensor> = {};
  for (const name of session.inputNames) {
    const feed = feeds[name];
    inputs[name] = feed
      ? new ort.Tensor(feed.dtype, feed.data as never, feed.shape)
      : variables.get(name)!;
  }
  const results = await session.run(inputs);
  for (const [name, output] of Object.entries(program.updates)) {
    const previous = variables.get(name);
    variables.set(name, results[output]);
    if (previous && previous.location === 'gpu-buffer') previous.dispose();
  }
  return Object.fromEntries(
    Object.keys(program.outputs).map((name) => [name, results[name].data as TensorData]),
  );
}

async function read(names: readonly string[] = [...variables.keys()]) {
  const values = new Map<string, Float32Array>();
  const onDevice: string[] = [];
  for (const name of names) {
    const tensor = variables.get(name);
    if (!tensor) throw new Error(`no variable named ${name}`);
    if (tensor.location === 'cpu') values.set(name, tensor.data as Float32Array);
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
    shape: variables.get(name)!.dims,
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
  const feeds = Object.fromEntries(names.map((name) => [name, variables.get(name)!]));
  const results = await session.run(feeds);
  for (const name of names) into.set(name, results[`${name}:read`].data as Float32Array);
  await session.release();
}

async function answer(request: Request): Promise<unknown> {
  switch (request.kind) {
    case 'open':
      options = request;
      return;
    case 'load':
      return load(request.program, request.key);
    case 'run':
      return run(request);
    case 'release':
      await programs.get(request.key)?.session.release();
      programs.delete(request.key);
      return;
    case 'read':
      return read(request.names);
    case 'write':
      for (const [name, values] of request.values) {
        const shape = variables.get(name)?.dims ?? [values.length];
        if (size(shape) !== values.length) {
          throw new Error(`variable ${name} is [${shape}], got ${values.length} values`);
        }
        variables.set(name, floats(values, shape));
      }
      return;
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
