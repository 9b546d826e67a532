// Reverse-mode differentiation: adds the backward pass to the graph as ordinary nodes.

import { constant, reachable, ShapeError, size, type Tensor } from './graph.js';
import { add } from './ops/elementwise.js';

/**
 * The gradients of a scalar.
 * @param loss a float32 scalar, shape []
 * @param wrt the nodes to differentiate by
 * @returns for each of `wrt` a tensor of its shape; zeros where the loss does not depend on it
 * @throws ShapeError if the loss is not a scalar
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (loss.shape.length !== 0) {
    throw new ShapeError(`gradients: the loss has shape [${loss.shape}], expected a scalar`);
  }
  return pullback(loss, constant(1), wrt);
}

/**
 * The gradients of the sum of y * dy: of many numbers at once, where each depends on a row of its own.
 * @param y float32 @param dy of the shape of `y` @param wrt the nodes to differentiate by
 * @returns for each of `wrt` a tensor of its shape; zeros where `y` does not depend on it
 */
export function pullback(y: Tensor, dy: Tensor, wrt: readonly Tensor[]): Tensor[] {
  if (y.shape.join() !== dy.shape.join()) {
    throw new ShapeError(`pullback: [${dy.shape}] for values of [${y.shape}]`);
  }
  const graph = reachable([y]);
  // Only nodes between `wrt` and `y` need a gradient.
  const needed = new Set(wrt.map((t) => t.id));
  for (const t of graph) {
    if (t.gradient && t.inputs.some((i) => needed.has(i.id))) needed.add(t.id);
  }
  const gradientOf = new Map<number, Tensor>([[y.id, dy]]);
  for (const t of graph.reverse()) {
    const dt = gradientOf.get(t.id);
    if (!dt || !t.gradient || !needed.has(t.id)) continue;
    const parts = t.gradient(dt, t);
    t.inputs.forEach((x, i) => {
      const dx = parts[i];
      if (!dx || !needed.has(x.id)) return;
      if (dx.shape.join() !== x.shape.join()) {
        throw new ShapeError(`gradient of ${t.op}: [${dx.shape}] for an input of [${x.shape}]`);
      }
      const known = gradientOf.get(x.id);
      gradientOf.set(x.id, known ? (known.plus?.(dx) ?? add(known, dx)) : dx);
    });
  }
  return wrt.map((t) => gradientOf.get(t.id) ?? constant(new Float32Array(size(t.shape)), t.shape));
}
