// What a graph costs: the floating point operations of its convolutions and matrix products (a
// multiply-add counts as two), and its trainable numbers.

import { size, type Tensor } from '@semise/autograd';

/** Of the forward pass to the outputs. */
export const forwardFlops = (outputs: readonly Tensor[]): number =>
  nodesOf(outputs).reduce((sum, t) => sum + products(t), 0);

/** Of the forward pass to the losses, and of the gradient of each product by the inputs that learn. */
export function trainFlops(losses: readonly Tensor[]): number {
  const learns = new Set<number>();
  let sum = 0;
  for (const t of nodesOf(losses)) {
    const learning = t.inputs.filter((i) => learns.has(i.id)).length;
    if (isWeight(t) || (learning > 0 && t.gradient)) learns.add(t.id);
    sum += products(t) * (1 + learning);
  }
  return sum;
}

/** How many trainable numbers the outputs depend on. */
export const weightCount = (outputs: readonly Tensor[]): number =>
  nodesOf(outputs).reduce((sum, t) => sum + (isWeight(t) ? size(t.shape) : 0), 0);

const isWeight = (t: Tensor): boolean =>
  t.op === 'variable' && (t as Tensor & { trainable?: boolean }).trainable === true;

function products({ op, inputs, shape }: Tensor): number {
  if (op === 'conv2d') return 2 * size(shape) * size(inputs[1].shape.slice(1));
  // Each entry of the first factor meets every column of the second.
  if (op === 'matmul' || op === 'gemm') return 2 * size(inputs[0].shape) * (shape.at(-1) ?? 1);
  return 0;
}

/** All nodes that the outputs depend on, inputs before the nodes that use them. */
function nodesOf(outputs: readonly Tensor[]): Tensor[] {
  const seen = new Map<number, Tensor>();
  const stack = [...outputs];
  for (let t = stack.pop(); t; t = stack.pop()) {
    if (seen.has(t.id)) continue;
    seen.set(t.id, t);
    stack.push(...t.inputs);
  }
  return [...seen.values()].sort((a, b) => a.id - b.id);
}
