// What a graph of ONNX nodes can do without, once all of it is known.

import type { OnnxConstant, OnnxNode } from './emitter.js';

/**
 * @param kept values that leave the model
 * @returns the nodes without those that nothing reads, without last outputs that nothing reads, and
 *   with each Reshape of a Reshape as one
 */
export function tidy(
  nodes: readonly OnnxNode[],
  constants: readonly OnnxConstant[],
  kept: ReadonlySet<string>,
): OnnxNode[] {
  const shapes = new Map(constants.map((c) => [c.name, c.data]));
  const reshaped = new Map<string, string>();
  const direct = nodes.map((node) => {
    if (node.opType !== 'Reshape') return node;
    const [x, shape] = node.inputs;
    // A size of 0 is taken from the value that is reshaped.
    const whole = !shapes.get(shape)?.some((n) => Number(n) === 0);
    const from = (whole && reshaped.get(x)) || x;
    reshaped.set(node.outputs[0], from);
    return from === x ? node : { ...node, inputs: [from, shape] };
  });
  const read = new Set(kept);
  const result: OnnxNode[] = [];
  for (const node of direct.reverse()) {
    const last = node.outputs.findLastIndex((name) => read.has(name));
    if (last < 0) continue;
    for (const name of node.inputs) read.add(name);
    // With its indices MaxPool takes five times as long: they keep it out of the blocked layout.
    const optional = node.opType !== 'Split';
    result.push({ ...node, outputs: optional ? node.outputs.slice(0, last + 1) : node.outputs });
  }
  return result.reverse();
}
