// The engine: runs programs in a worker thread, where it keeps their variables between runs.
//
// ONNX Runtime's `session.run` blocks the thread that calls it, so the worker leaves the process
// free for progress bars, servers and signals. All programs of one engine share their variables by
// name: a training step and a validation pass see the same weights without copying them.

import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { ExecutionProvider } from './emitter.js';
import type { DType, Shape, TensorData } from './graph.js';
import { size } from './graph.js';
import { packFilter } from './layout.js';
import { formOf, type Program } from './program.js';

/** The version of ONNX Runtime that computes. */
export const RUNTIME_VERSION: string = createRequire(import.meta.url)(
  'onnxruntime-node/package.json',
).version;

export interface EngineOptions {
  /** Where to run; `cpu` unless told. */
  readonly provider?: ExecutionProvider;
  /** Threads of one operation; all cores unless told. */
  readonly threads?: number;
  /**
   * Keep images in blocks of channels where the machine has faster kernels for that; yes unless told.
   * Results differ by rounding only.
   */
  readonly blocks?: boolean;
  /** File prefix for ONNX Runtime's own profile, written when the engine closes. */
  readonly profile?: string;
}

export type Feeds = Readonly<Record<string, TensorData | number>>;
export type Results = Record<string, TensorData>;
/** Where a variable is kept: in the process's memory, or on the device that computes. */
export type Place = 'host' | 'device';

/** A program ready to run. */
export interface Runnable {
  /**
   * Feeds the inputs, runs, replaces the updated variables, and returns the outputs.
   * @throws Error naming the input that is missing or has the wrong type or length
   */
  run(feeds: Feeds): Promise<Results>;
  release(): Promise<void>;
}

/** A tensor of a model from elsewhere. */
export interface ValueDescription {
  /** Sizes, -1 where open. */
  readonly shape: Shape;
  /** ONNX Runtime's name of the element type, e.g. `float32`. */
  readonly type: string;
}
export interface ModelDescription {
  readonly inputs: Readonly<Record<string, ValueDescription>>;
  readonly outputs: Readonly<Record<string, ValueDescription>>;
}

export interface Engine {
  readonly provider: ExecutionProvider;
  /**
   * Builds a session; variables met for the first time take their initial values.
   * @throws Error naming a variable that the engine knows with another shape
   */
  load(program: Program): Promise<Runnable>;
  /**
   * What any ONNX model takes and gives, sizes that are left open as -1.
   * @throws Error if it is not a model that can run here
   */
  describe(model: Uint8Array): Promise<ModelDescription>;
  /** The values of the named variables, or of all. */
  read(names?: readonly string[]): Promise<Map<string, Float32Array>>;
  /**
   * Sets variables; names not used by any program are kept until one is loaded.
   * @throws Error naming a variable that takes another number of values; then none is set
   */
  write(values: ReadonlyMap<string, Float32Array>): Promise<void>;
  /** Where each variable is now. On WebGPU an updated variable stays on the device between runs. */
  places(): Promise<Map<string, Place>>;
  close(): Promise<void>;
}

/** A program as the worker gets it: the model in the form chosen for this machine. */
export interface LoadedProgram extends Pick<Program, 'outputs' | 'updates'> {
  readonly model: Uint8Array;
  /** Shapes of the variables; their values follow, one at a time, if the worker has none. */
  readonly variables: Readonly<Record<string, Shape>>;
  readonly filters: readonly string[];
  readonly inPlace: readonly string[];
  readonly marked: boolean;
  readonly block: number;
}

/** What the worker is asked. */
export type Request =
  | { kind: 'open'; provider: ExecutionProvider; threads?: number; profile?: string }
  | { kind: 'load'; program: LoadedProgram; key: number }
  | { kind: 'describe'; model: Uint8Array }
  | {
      kind: 'start';
      name: string;
      shape: Shape;
      /** In the filter layout where the block is more than 1; or the one value that all have. */
      values: Float32Array | number;
      block: number;
    }
  | {
      kind: 'run';
      key: number;
      feeds: Record<string, { data: TensorData; shape: Shape; dtype: DType }>;
    }
  | { kind: 'release'; key: number }
  | { kind: 'read'; names?: readonly string[] }
  | { kind: 'write'; values: ReadonlyMap<string, Float32Array> }
  | { kind: 'places' }
  | { kind: 'close' };

export type Reply = { id: number; result?: unknown; error?: string };

const TYPED: Record<DType, (n: number) => TensorData> = {
  float32: (n) => Float32Array.of(n),
  int64: (n) => BigInt64Array.of(BigInt(n)),
  int32: (n) => Int32Array.of(n),
  uint8: (n) => Uint8Array.of(n),
  bool: (n) => Uint8Array.of(n),
};

/** Starts an engine. Close it, or the process will not end. */
export async function openEngine(options: EngineOptions = {}): Promise<Engine> {
  const provider = options.provider ?? 'cpu';
  // A step leaves only small objects behind: without a bound the worker would let 60 MB of them gather.
  const worker = new Worker(new URL('./worker.js', import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: 6 },
  });
  const waiting = new Map<number, { resolve: (v: never) => void; reject: (e: Error) => void }>();
  let requests = 0;
  let programs = 0;
  let failure: Error | undefined;

  worker.on('message', ({ id, result, error }: Reply) => {
    const call = waiting.get(id);
    waiting.delete(id);
    if (error !== undefined) call?.reject(new Error(error));
    else call?.resolve(result as never);
  });
  const fail = (error: Error) => {
    failure = error;
    for (const call of waiting.values()) call.reject(error);
    waiting.clear();
  };
  worker.on('error', fail);
  worker.on('exit', () => fail(failure ?? new Error('the engine is closed')));

  const ask = <T>(request: Request, transfer: ArrayBuffer[] = []): Promise<T> =>
    new Promise((resolve, reject) => {
      if (failure) return reject(failure);
      const id = requests++;
      waiting.set(id, { resolve, reject });
      worker.postMessage({ id, request }, transfer);
    });

  let closing: Promise<void> | undefined;
  const end = async () => {
    if (failure) return;
    await ask({ kind: 'close' });
    failure = new Error('the engine is closed');
    await worker.terminate();
  };

  const found = await ask<number>({
    kind: 'open',
    provider,
    threads: options.threads,
    profile: options.profile,
  });
  const block = options.blocks === false ? 1 : found;

  return {
    provider,
    load: async (program) => {
      if (program.provider !== provider) {
        throw new Error(`a program compiled for ${program.provider} on an engine for ${provider}`);
      }
      const key = programs++;
      const { outputs, variables, updates } = program;
      const shapes = Object.fromEntries(
        Object.entries(variables).map(([name, { shape }]) => [name, shape]),
      );
      const form = { ...formOf(program, block), block, outputs, variables: shapes, updates };
      const missing = await ask<readonly string[]>({ kind: 'load', program: form, key });
      for (const name of missing) {
        const { shape, uniform } = variables[name];
        const own = form.filters.includes(name) ? block : 1;
        // Sent in their layout and given away: a copy left behind is 47 MB of a ResNet-18.
        const values = uniform ?? packFilter(variables[name].initial, shape, own);
        const sent = typeof values === 'number' ? [] : [values.buffer as ArrayBuffer];
        await ask({ kind: 'start', name, shape, values, block: own }, sent);
      }
      const { inputs } = program;
      return {
        run: async (feeds) => ask({ kind: 'run', key, feeds: checkFeeds(inputs, feeds) }),
        release: () => ask({ kind: 'release', key }),
      };
    },
    describe: (model) => ask({ kind: 'describe', model }),
    read: (names) => ask({ kind: 'read', names }),
    write: (values) => ask({ kind: 'write', values }),
    places: () => ask({ kind: 'places' }),
    close: async () => {
      closing ??= end();
      await closing;
    },
  };
}

function checkFeeds(inputs: Program['inputs'], feeds: Feeds) {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, dtype }]) => {
      const value = feeds[name];
      if (value === undefined) throw new Error(`input ${name} [${shape}] was not fed`);
      const data = typeof value === 'number' ? TYPED[dtype](value) : value;
      if (data.constructor !== TYPED[dtype](0).constructor) {
        throw new Error(`input ${name} takes ${dtype} [${shape}], got ${data.constructor.name}`);
      }
      // An open leading size, as in an exported model, follows from the number of values.
      const sizes =
        shape[0] === -1 ? [data.length / size(shape.slice(1)), ...shape.slice(1)] : shape;
      if (data.length !== size(sizes) || !Number.isInteger(sizes[0] ?? 1)) {
        throw new Error(`input ${name} takes ${dtype} [${shape}], got ${data.length} values`);
      }
      return [name, { data, shape: sizes, dtype }];
    }),
  );
}
