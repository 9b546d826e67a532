// Reads an ONNX model back, as far as the tests look into one.

import protobuf from 'protobufjs';

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Node { repeated string input = 1; repeated string output = 2; string opType = 4; }
  message Tensor { string name = 8; }
  message Value { string name = 1; }
  message Graph {
    repeated Node node = 1;
    repeated Tensor initializer = 5;
    repeated Value input = 11;
    repeated Value output = 12;
  }
  message Property { string key = 1; string value = 2; }
  message Model { Graph graph = 7; repeated Property metadataProps = 14; }
`);

export interface ModelParts {
  /** The op type of every node, in order. */
  readonly ops: string[];
  readonly inputs: string[];
  readonly outputs: string[];
  readonly constants: string[];
  readonly metadata: Record<string, string>;
}

interface Named {
  name: string;
}

export function modelParts(model: Uint8Array): ModelParts {
  const type = root.lookupType('Model');
  const { graph, metadataProps } = type.toObject(type.decode(model), { arrays: true }) as {
    graph: { node: { opType: string }[]; initializer: Named[]; input: Named[]; output: Named[] };
    metadataProps: { key: string; value: string }[];
  };
  const names = (list: Named[]) => list.map(({ name }) => name);
  return {
    ops: graph.node.map((n) => n.opType),
    inputs: names(graph.input),
    outputs: names(graph.output),
    constants: names(graph.initializer),
    metadata: Object.fromEntries(metadataProps.map(({ key, value }) => [key, value])),
  };
}
