// The tensor graph: what a computation is, before anything runs.
//
// A `Tensor` is one immutable node with a static shape. Each op is a function that makes a node and
// carries, side by side, its shape rule, its lowering to ONNX and its gradient (ops/). Nodes are
// numbered as they are made, so the inputs of a node always have smaller numbers than the node.

import type { BlockedForm } from './blocked-form.js';
import type { Emitter } from './emitter.js';

export type DType = 'float32' | 'int64' | 'int32' | 'uint8' | 'bool';
export type Shape = readonly number[];
export type TensorData = Float32Array | BigInt64Array | Int32Array | Uint8Array;

/** One node of the graph: the result of an op, or a leaf (input, variable, constant). */
export interface Tensor {
  readonly id: number;
  readonly op: string;
  readonly inputs: readonly Tensor[];
  readonly shape: Shape;
  readonly dtype: DType;
  /** Adds the node's ONNX form to the model and returns the name of its value. */
  readonly lower: (emit: Emitter, inputs: readonly string[]) => string;
  /** How it is computed on tensors in blocked memory layouts, where it can be. */
  readonly blocked?: BlockedForm;
  /** The gradient for each input, given that of the node; null where none flows. */
  readonly gradient?: (dy: Tensor, y: Tensor) => readonly (Tensor | null)[];
  /** The sum with another node, where one op makes both together faster. */
  readonly plus?: (other: Tensor) => Tensor | undefined;
}

/** A leaf that is fed anew at each run: a batch of images, the learning rate. */
export interface Input extends Tensor {
  readonly op: 'input';
  readonly name: string;
}

/** A leaf that keeps its value between runs: a weight, a running mean, an optimiser's momentum. */
export interface Variable extends Tensor {
  readonly op: 'variable';
  readonly name: string;
  /** The value before the first run, in row-major order. */
  readonly initial: Float32Array;
  /** The one value that all start from, where it is one. */
  readonly uniform?: number;
  /** False for statistics that are updated but not optimised. */
  readonly trainable: boolean;
}

let nodes = 0;

/** Makes a node. Ops call this; users call ops. */
export function node(spec: Omit<Tensor, 'id'>): Tensor {
  for (const size of spec.shape) {
    if (!Number.isInteger(size) || size < 0) {
      throw new ShapeError(`${spec.op}: impossible shape [${spec.shape}]`);
    }
  }
  return { ...spec, id: nodes++ };
}

/** A value fed at each run. `name` must be unique in the program. */
export function input(name: string, shape: Shape, dtype: DType = 'float32'): Input {
  return {
    id: nodes++,
    op: 'input',
    name,
    inputs: [],
    shape,
    dtype,
    lower: (emit) => emit.input(name, shape, dtype),
  };
}

/**
 * A float32 value kept between runs under `name`, which checkpoints use too.
 * @param initial values, one value for all, or what makes the values: it is called when they are asked
 *   for, and again once they were forgotten, and has to make the same ones each time
 */
export function variable(
  name: string,
  shape: Shape,
  initial: Float32Array | number | (() => Float32Array),
  options: { trainable?: boolean } = {},
): Variable {
  const checked = (values: Float32Array): Float32Array => {
    if (values.length === size(shape)) return values;
    throw new ShapeError(`variable ${name}: ${values.length} initial values for [${shape}]`);
  };
  if (initial instanceof Float32Array) checked(initial);
  let made: WeakRef<Float32Array> | undefined;
  return {
    id: nodes++,
    op: 'variable',
    name,
    get initial() {
      if (initial instanceof Float32Array) return initial;
      const known = made?.deref();
      if (known) return known;
      const values =
        typeof initial === 'number' ? filled(size(shape), initial) : checked(initial());
      made = new WeakRef(values);
      return values;
    },
    ...(typeof initial === 'number' && { uniform: initial }),
    trainable: options.trainable ?? true,
    inputs: [],
    shape,
    dtype: 'float32',
    lower: (emit) => emit.input(name, shape, 'float32'),
  };
}

/** Zeros are left untouched: memory that nothing was written to takes no room. */
export const filled = (length: number, value: number): Float32Array => {
  const values = new Float32Array(length);
  return value === 0 ? values : values.fill(value);
};

/** A fixed value. Numbers become float32; `shape` defaults to a scalar or a vector. */
export function constant(
  value: number | readonly number[] | TensorData,
  shape?: Shape,
  dtype?: DType,
): Tensor {
  const list = typeof value === 'number' ? [value] : value;
  const type = dtype ?? dtypeOf(value);
  const dims = shape ?? (typeof value === 'number' ? [] : [list.length]);
  if (size(dims) !== list.length) {
    throw new ShapeError(`constant: ${list.length} values for [${dims}]`);
  }
  const data = toTyped(list, type);
  return node({
    op: 'constant',
    inputs: [],
    shape: dims,
    dtype: type,
    lower: (emit) => emit.constant(data, dims, type),
  });
}

/** Shapes that do not fit together. The message quotes the shapes met. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

/** The number of elements of a shape. */
export const size = (shape: Shape): number => shape.reduce((product, n) => product * n, 1);

export const isVariable = (t: Tensor): t is Variable => t.op === 'variable';
export const isInput = (t: Tensor): t is Input => t.op === 'input';

/** All nodes that `outputs` depend on, inputs before the nodes that use them. */
export function reachable(outputs: readonly Tensor[]): Tensor[] {
  const seen = new Map<number, Tensor>();
  const stack = [...outputs];
  for (let t = stack.pop(); t; t = stack.pop()) {
    if (seen.has(t.id)) continue;
    seen.set(t.id, t);
    stack.push(...t.inputs);
  }
  return [...seen.values()].sort((a, b) => a.id - b.id);
}

/** Resolves negative axes and refuses those out of range. */
export function axisOf(op: string, axis: number, shape: Shape): number {
  const resolved = axis < 0 ? axis + shape.length : axis;
  if (resolved < 0 || resolved >= shape.length) {
    throw new ShapeError(`${op}: axis ${axis} of a tensor of shape [${shape}]`);
  }
  return resolved;
}

function dtypeOf(value: number | readonly number[] | TensorData): DType {
  if (value instanceof BigInt64Array) return 'int64';
  if (value instanceof Int32Array) return 'int32';
  if (value instanceof Uint8Array) return 'uint8';
  return 'float32';
}

function toTyped(list: readonly number[] | TensorData, dtype: DType): TensorData {
  switch (dtype) {
    case 'float32':
      return list instanceof Float32Array ? list : Float32Array.from(list as readonly number[]);
    case 'int64':
      return list instanceof BigInt64Array
        ? list
        : BigInt64Array.from([...list].map((v) => BigInt(v)));
    case 'int32':
      return Int32Array.from(list as readonly number[]);
    default:
      return Uint8Array.from(list as readonly number[]);
  }
}
