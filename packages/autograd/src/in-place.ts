// Variables whose next value can be written over the present one, so that a step keeps each but once:
// ONNX Runtime never writes over an input, so the engine gives it the input's own memory for the
// output. That is right where all that reads a variable has run when its next value is written.

import type { Emitter, OnnxNode } from './emitter.js';

/** Ops whose result at a place needs their operands at that place only. */
const POINTWISE = new Set(['Add', 'Sub', 'Mul', 'Div']);

/**
 * @param updates names of variables and of their next values, of the same shape
 * @param scalars values of a single number
 * @returns the nodes, to which order may have been added, and the variables that can be written over
 */
export function inPlace(
  nodes: readonly OnnxNode[],
  updates: readonly (readonly [variable: string, next: string])[],
  scalars: ReadonlySet<string>,
  emit: Emitter,
): { nodes: OnnxNode[]; names: string[] } {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node])));
  const readers = new Map<string, OnnxNode[]>();
  for (const node of nodes) {
    for (const name of node.inputs) readers.set(name, [...(readers.get(name) ?? []), node]);
  }
  /** All that reads a value, also under another shape, which is the same memory. */
  const readersOf = (name: string): OnnxNode[] =>
    (readers.get(name) ?? []).flatMap((node) =>
      node.opType === 'Reshape' ? [node, ...readersOf(node.outputs[0])] : [node],
    );
  const before = (last: OnnxNode): Set<OnnxNode> => {
    const found = new Set<OnnxNode>();
    const stack = [...last.inputs];
    for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
      const maker = makers.get(name);
      if (!maker || found.has(maker)) continue;
      found.add(maker);
      stack.push(...maker.inputs);
    }
    return found;
  };

  const names: string[] = [];
  const added = new Map<OnnxNode, OnnxNode[]>();
  const changed = new Map<OnnxNode, OnnxNode>();
  for (const [variable, next] of updates) {
    const last = makers.get(next);
    if (!last) continue;
    const earlier = before(last);
    const late = readersOf(variable).filter((node) => node !== last && !earlier.has(node));
    if (readersOf(variable).includes(last) && !POINTWISE.has(last.opType)) continue;
    if (late.length > 0) {
      // A filter is also turned for the gradient of the convolution's input, which nothing here waits
      // for: a number of the turned one, times 0, is added to the factor of the update.
      const step = last.inputs
        .map((name) => makers.get(name))
        .find(
          (node) =>
            node?.opType === 'Mul' && !added.has(node) && node.inputs.some((s) => scalars.has(s)),
        );
      const turned = late.filter((node) => node.opType !== 'Reshape');
      if (!step || turned.some((node) => node.opType !== 'ReorderInput')) continue;
      const factor = step.inputs.find((name) => scalars.has(name)) as string;
      const chain: OnnxNode[] = [];
      const op = (opType: string, inputs: string[]): string => {
        const output = `${next}:after_${chain.length}`;
        chain.push({ opType, domain: '', inputs, outputs: [output], attributes: {} });
        return output;
      };
      let waited = factor;
      for (const node of turned) {
        const flat = op('Reshape', [node.outputs[0], emit.ints([-1])]);
        const first = op('Slice', [flat, emit.ints([0]), emit.ints([1]), emit.ints([0])]);
        waited = op('Add', [waited, op('Mul', [first, emit.scalar(0)])]);
      }
      added.set(step, chain);
      changed.set(step, {
        ...step,
        inputs: step.inputs.map((name) => (name === factor ? waited : name)),
      });
    }
    names.push(variable);
  }
  return {
    nodes: nodes.flatMap((node) => [...(added.get(node) ?? []), changed.get(node) ?? node]),
    names,
  };
}
