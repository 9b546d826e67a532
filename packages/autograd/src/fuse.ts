// Passes that disappear into a convolution: ONNX Runtime's blocked one adds another image to its
// result and applies a ReLU as it writes. It joins them by itself in models with constant weights only.

import type { OnnxNode } from './emitter.js';
import { NCHWC } from './layout.js';

/**
 * @param shapes of values, by name @param kept values that leave the model
 * @returns the nodes with each Add of two images, and each ReLU, joined to the convolution before it
 *   where nothing else reads that
 */
export function fuse(
  nodes: readonly OnnxNode[],
  shapes: ReadonlyMap<string, string>,
  kept: ReadonlySet<string>,
): OnnxNode[] {
  const uses = new Map<string, number>();
  for (const name of nodes.flatMap((n) => n.inputs)) uses.set(name, (uses.get(name) ?? 0) + 1);
  const result: (OnnxNode | undefined)[] = [];
  const maker = new Map<string, number>();

  /** Where the value is made, if by a convolution that may take something over. */
  const convolution = (name: string): number | undefined => {
    const at = maker.get(name);
    const made = at === undefined ? undefined : result[at];
    const open = made?.domain === NCHWC && made.opType === 'Conv' && !made.attributes.activation;
    return open && uses.get(name) === 1 && !kept.has(name) ? at : undefined;
  };

  for (const node of nodes) {
    let joined = node;
    if (node.opType === 'Add') {
      const [a, b] = node.inputs;
      const same = shapes.has(a) && shapes.get(a) === shapes.get(b) && a !== b;
      // The later of two convolutions takes over the result of the earlier.
      const found = (same ? [a, b] : [])
        .map((name) => convolution(name))
        .filter((at) => at !== undefined && (result[at] as OnnxNode).inputs.length < 4);
      if (found.length > 0) {
        const at = Math.max(...(found as number[]));
        const conv = result[at] as OnnxNode;
        const [x, w, bias = ''] = conv.inputs;
        joined = {
          ...conv,
          inputs: [x, w, bias, conv.outputs[0] === a ? b : a],
          outputs: node.outputs,
        };
        result[at] = undefined;
      }
    } else if (node.opType === 'Relu') {
      const at = convolution(node.inputs[0]);
      if (at !== undefined) {
        const conv = result[at] as OnnxNode;
        joined = {
          ...conv,
          attributes: { ...conv.attributes, activation: 'Relu' },
          outputs: node.outputs,
        };
        result[at] = undefined;
      }
    }
    for (const name of joined.outputs) maker.set(name, result.length);
    result.push(joined);
  }
  return result.filter((n) => n !== undefined);
}
