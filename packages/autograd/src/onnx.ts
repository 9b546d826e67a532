// From emitted nodes to the bytes of an ONNX model (onnx.proto, IR version 8, opset 17).
// Only the messages and fields that we write are described below.

import protobuf from 'protobufjs';
import type { AttributeValue, OnnxConstant, OnnxNode, OnnxValue } from './emitter.js';
import type { DType } from './graph.js';
import type { NamedTensor } from './safetensors.js';

const ELEMENT_TYPE: Record<DType, number> = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 };
const ATTRIBUTE_TYPE = { float: 1, int: 2, string: 3, floats: 6, ints: 7 } as const;

const field = (id: number, type: string, rule?: 'repeated') => ({
  id,
  type,
  ...(rule && { rule }),
});

const { root } = protobuf.Root.fromJSON({
  nested: {
    Attribute: {
      fields: {
        name: field(1, 'string'),
        f: field(2, 'float'),
        i: field(3, 'int64'),
        s: field(4, 'bytes'),
        floats: field(7, 'float', 'repeated'),
        ints: field(8, 'int64', 'repeated'),
        type: field(20, 'int32'),
      },
    },
    Node: {
      fields: {
        input: field(1, 'string', 'repeated'),
        output: field(2, 'string', 'repeated'),
        name: field(3, 'string'),
        opType: field(4, 'string'),
        attribute: field(5, 'Attribute', 'repeated'),
        domain: field(7, 'string'),
      },
    },
    Tensor: {
      fields: {
        dims: field(1, 'int64', 'repeated'),
        dataType: field(2, 'int32'),
        name: field(8, 'string'),
        rawData: field(9, 'bytes'),
      },
    },
    Dimension: { fields: { dimValue: field(1, 'int64'), dimParam: field(2, 'string') } },
    TensorShape: { fields: { dim: field(1, 'Dimension', 'repeated') } },
    TensorType: { fields: { elemType: field(1, 'int32'), shape: field(2, 'TensorShape') } },
    SequenceType: { fields: { elemType: field(1, 'Type') } },
    Type: {
      fields: { tensorType: field(1, 'TensorType'), sequenceType: field(4, 'SequenceType') },
    },
    ValueInfo: { fields: { name: field(1, 'string'), type: field(2, 'Type') } },
    Graph: {
      fields: {
        node: field(1, 'Node', 'repeated'),
        name: field(2, 'string'),
        initializer: field(5, 'Tensor', 'repeated'),
        input: field(11, 'ValueInfo', 'repeated'),
        output: field(12, 'ValueInfo', 'repeated'),
      },
    },
    OperatorSet: { fields: { domain: field(1, 'string'), version: field(2, 'int64') } },
    Property: { fields: { key: field(1, 'string'), value: field(2, 'string') } },
    Model: {
      fields: {
        irVersion: field(1, 'int64'),
        producerName: field(2, 'string'),
        graph: field(7, 'Graph'),
        opsetImport: field(8, 'OperatorSet', 'repeated'),
        metadataProps: field(14, 'Property', 'repeated'),
      },
    },
  },
});

export interface OnnxModel {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Outputs, the first, that are sequences of float32 tensors. */
  readonly sequences?: readonly string[];
  readonly constants: readonly OnnxConstant[];
  /** Written into the model as key-value properties. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The model as the bytes of an `.onnx` file. */
export function encodeModel(model: OnnxModel): Uint8Array {
  const domains = new Set(model.nodes.map((n) => n.domain));
  domains.add('');
  const message = {
    irVersion: 8,
    producerName: 'semise',
    opsetImport: [...domains].map((domain) => ({ domain, version: domain === '' ? 17 : 1 })),
    metadataProps: Object.entries(model.metadata ?? {}).map(([key, value]) => ({ key, value })),
    graph: {
      name: model.name,
      node: model.nodes.map((n) => ({
        name: n.outputs[0],
        opType: n.opType,
        domain: n.domain,
        input: n.inputs,
        output: n.outputs,
        attribute: Object.entries(n.attributes).map(([name, value]) => ({
          name,
          ...encodeAttribute(value),
        })),
      })),
      initializer: model.constants.map((c) => ({
        name: c.name,
        dims: c.shape,
        dataType: ELEMENT_TYPE[c.dtype],
        rawData: new Uint8Array(c.data.buffer, c.data.byteOffset, c.data.byteLength),
      })),
      input: model.inputs.map(encodeValue),
      output: [...(model.sequences ?? []).map(encodeSequence), ...model.outputs.map(encodeValue)],
    },
  };
  return root.lookupType('Model').encode(message).finish();
}

/** What an exported model holds beside its graph. */
export interface ModelContent {
  readonly metadata: Readonly<Record<string, string>>;
  /** Its float32 constants by name: those of variables have the variables' names. */
  readonly constants: ReadonlyMap<string, NamedTensor>;
}

/**
 * Reads a model that `exportModel` wrote.
 * @throws Error if these are not the bytes of an ONNX model
 */
export function readModel(model: Uint8Array): ModelContent {
  const { metadataProps, graph } = root
    .lookupType('Model')
    .toObject(root.lookupType('Model').decode(model), {
      longs: Number,
      arrays: true,
      objects: true,
    }) as DecodedModel;
  if (!graph) throw new Error('not an ONNX model: it has no graph');
  return {
    metadata: Object.fromEntries(metadataProps.map(({ key, value }) => [key, value])),
    constants: new Map(
      graph.initializer
        .filter(({ dataType }) => dataType === ELEMENT_TYPE.float32)
        .map(({ name, dims, rawData = new Uint8Array() }) => [
          name,
          // A copy of their own: where they stand in the file they need not be aligned.
          { shape: dims, data: new Float32Array(Uint8Array.from(rawData).buffer) },
        ]),
    ),
  };
}

interface DecodedModel {
  readonly metadataProps: readonly { readonly key: string; readonly value: string }[];
  readonly graph?: {
    readonly initializer: readonly {
      readonly name: string;
      readonly dims: readonly number[];
      readonly dataType: number;
      readonly rawData?: Uint8Array;
    }[];
  };
}

const encodeSequence = (name: string) => ({
  name,
  type: { sequenceType: { elemType: { tensorType: { elemType: ELEMENT_TYPE.float32 } } } },
});

function encodeValue({ name, shape, dtype }: OnnxValue) {
  return {
    name,
    type: {
      tensorType: {
        elemType: ELEMENT_TYPE[dtype],
        shape: {
          // A negative size is one chosen at run time, such as the batch of an exported model.
          dim: shape.map((n, i) => (n < 0 ? { dimParam: `${name}_${i}` } : { dimValue: n })),
        },
      },
    },
  };
}

function encodeAttribute(value: AttributeValue) {
  if (typeof value === 'string') {
    return { type: ATTRIBUTE_TYPE.string, s: new TextEncoder().encode(value) };
  }
  if (typeof value === 'number') {
    return Number.isInteger(value)
      ? { type: ATTRIBUTE_TYPE.int, i: value }
      : { type: ATTRIBUTE_TYPE.float, f: value };
  }
  if ('float' in value) return { type: ATTRIBUTE_TYPE.float, f: value.float };
  return value.every(Number.isInteger)
    ? { type: ATTRIBUTE_TYPE.ints, ints: value }
    : { type: ATTRIBUTE_TYPE.floats, floats: value };
}
