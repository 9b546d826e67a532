// The emitter: collects ONNX nodes while a graph is lowered.
//
// Equal nodes (same op, inputs, attributes) are emitted once: what two ops both need, a transposed
// weight or a batch in another layout, is computed once per step, whoever asks for it.

import type { DType, Shape, TensorData } from './graph.js';

export type ExecutionProvider = 'cpu' | 'webgpu' | 'cuda';
export type AttributeValue = number | string | readonly number[] | { readonly float: number };

export interface OnnxNode {
  readonly opType: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}
export interface OnnxValue {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
}
export interface OnnxConstant extends OnnxValue {
  readonly data: TensorData;
}

/** Where lowerings put their ONNX nodes. */
export interface Emitter {
  /** What the model will run on: a lowering may choose by it. */
  readonly provider: ExecutionProvider;
  /** Channels in a block of the blocked layouts (layout.ts); 1 where there are none. */
  readonly block: number;
  /** Emits a node with one output, and names its value. Whole-number attributes are ONNX integers; write `{ float: 1 }` for a float attribute. */
  op(
    opType: string,
    inputs: readonly string[],
    attributes?: Record<string, AttributeValue>,
    domain?: string,
  ): string;
  /** Emits a node with several outputs. */
  ops(
    opType: string,
    inputs: readonly string[],
    outputs: number,
    attributes?: Record<string, AttributeValue>,
    domain?: string,
  ): string[];
  input(name: string, shape: Shape, dtype: DType): string;
  /** @param name what it is called in the model; equal short ones without a name are one */
  constant(data: TensorData, shape: Shape, dtype: DType, name?: string): string;
  /** Whether a value is a constant of the model: what is made of it alone is made once. */
  isConstant(name: string): boolean;
  /** An int64 vector, as shapes and axes are given to ONNX. */
  ints(values: readonly number[]): string;
  /** A float32 scalar. */
  scalar(value: number): string;
}

export interface Emission extends Emitter {
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly constants: readonly OnnxConstant[];
}

export function emitter(provider: ExecutionProvider, block = 1): Emission {
  const nodes: OnnxNode[] = [];
  const inputs = new Map<string, OnnxValue>();
  const constants = new Map<string, OnnxConstant>();
  const emitted = new Map<string, string[]>();

  const ops: Emitter['ops'] = (opType, inputNames, outputs, attributes = {}, domain = '') => {
    const key = JSON.stringify([domain, opType, inputNames, attributes]);
    const known = emitted.get(key);
    if (known && known.length >= outputs) return known.slice(0, outputs);
    const names = Array.from(
      { length: outputs },
      (_, i) => `${opType}_${nodes.length}${i ? `.${i}` : ''}`,
    );
    nodes.push({ opType, domain, inputs: inputNames, outputs: names, attributes });
    emitted.set(key, names);
    return names;
  };

  const constant: Emitter['constant'] = (data, shape, dtype, given) => {
    if (given !== undefined) {
      constants.set(given, { name: given, shape, dtype, data });
      return given;
    }
    const short = data.length <= 64;
    const key = short
      ? `${dtype}[${shape}]${[...data].map((v) => (Object.is(v, -0) ? '-0' : v))}`
      : '';
    const known = short ? constants.get(key) : undefined;
    if (known) return known.name;
    const name = `constant_${constants.size}`;
    constants.set(key || name, { name, shape, dtype, data });
    return name;
  };

  return {
    provider,
    block,
    get nodes() {
      return nodes;
    },
    get inputs() {
      return [...inputs.values()];
    },
    get constants() {
      return [...constants.values()];
    },
    ops,
    op: (opType, inputNames, attributes, domain) =>
      ops(opType, inputNames, 1, attributes, domain)[0],
    input: (name, shape, dtype) => {
      inputs.set(name, { name, shape, dtype });
      return name;
    },
    constant,
    isConstant: (name) => [...constants.values()].some((c) => c.name === name),
    ints: (values) =>
      constant(BigInt64Array.from(values.map((v) => BigInt(v))), [values.length], 'int64'),
    scalar: (value) => constant(Float32Array.of(value), [], 'float32'),
  };
}
