// Memory layouts: how the values of a four-dimensional tensor lie in memory.
//
// ONNX Runtime's fastest convolutions on a CPU want channels in blocks of `b` neighbours, b the number
// of floats in a vector register (16 with AVX-512, 8 otherwise; `block-size.ts` asks it). Its own
// optimiser uses them only where weights are constant, so a training step has to ask for them by name
// (domain `com.microsoft.nchwc`) and to say what lies in which layout. That is what this file knows:
//
//   plain    as the shape says
//   image    a tensor [N, C, H, W] held as [N, C/b, H, W, b]
//   filter   a tensor [O, I, kh, kw] held as [O/b, I/b, kh, kw, b of I, b of O];
//            as [O/b, I, kh, kw, b of O] where I < b, as in the first layer of a network
//
// An image keeps its shape, only the order in memory changes: an elementwise op does not even notice. A
// filter goes as a vector, since ONNX Runtime takes 10 ns an element to multiply a 1 x 1 kernel, whose
// shape ends in ones, by a number: 130 ms of a ResNet-50 step. An op that can do more with a layout
// than turn it back carries a `BlockedForm` beside its plain lowering.

import type { Layout, Value } from './blocked-form.js';
import type { Emitter } from './emitter.js';
import { type DType, isVariable, type Shape, size, type Tensor } from './graph.js';

/** Whether a tensor can be held in a layout. */
export function fits(layout: Layout, shape: Shape, block: number): boolean {
  if (layout === 'plain') return true;
  if (block === 1 || shape.length !== 4) return false;
  const [outer, inner] = shape;
  if (layout === 'image') return inner % block === 0;
  return outer % block === 0 && (inner % block === 0 || inner < block);
}

/** The shape in the model of a value in a layout. */
export const shapeIn = (layout: Layout, shape: Shape): Shape =>
  layout === 'filter' ? [size(shape)] : shape;

/**
 * Chooses a layout for each node: from the convolutions, which want theirs, through all elementwise
 * ops, to the variables. Thus a weight, its momentum and its gradient all come to lie in the order
 * that the convolution reads, and no step turns one round.
 * @param ties variables and their next values, which are best in the same layout
 */
export function assignLayouts(
  graph: readonly Tensor[],
  ties: readonly (readonly [Tensor, Tensor])[],
  block: number,
): Map<number, Layout> {
  const layouts = new Map<number, Layout>();
  if (block === 1) return layouts;
  const of = (t: Tensor): Layout => layouts.get(t.id) ?? 'plain';
  let changed = true;
  const set = (t: Tensor, layout: Layout): void => {
    if (of(t) !== 'plain' || !fits(layout, t.shape, block) || layout === 'plain') return;
    if (isVariable(t) ? layout !== 'filter' : !t.blocked) return;
    layouts.set(t.id, layout);
    changed = true;
  };
  while (changed) {
    changed = false;
    for (const t of graph) {
      if (t.blocked) set(t, t.blocked.layout(t.inputs.map(of), block));
    }
    for (const t of [...graph].reverse()) {
      const { blocked, inputs, shape } = t;
      if (!blocked || of(t) === 'plain') continue;
      inputs.forEach((input, i) => {
        const wanted = blocked.flexible
          ? input.shape.join() === shape.join() && of(t)
          : blocked.wants?.[i];
        if (wanted && (isVariable(input) || input.blocked?.flexible)) set(input, wanted);
      });
    }
    for (const [variable, next] of ties) set(variable, of(next));
  }
  return layouts;
}

/** A value that was emitted in one layout. */
export function laidValue(
  emit: Emitter,
  name: string,
  layout: Layout,
  shape: Shape,
  dtype: DType,
): Value {
  const names = new Map<Layout, string>([[layout, name]]);
  const find = (wanted: Layout): string => {
    const known = names.get(wanted);
    if (known !== undefined) return known;
    const made =
      wanted === 'plain'
        ? toPlain(emit, name, layout, shape, dtype)
        : fromPlain(emit, find('plain'), wanted, shape, dtype);
    names.set(wanted, made);
    return made;
  };
  return { shape, layout, in: find };
}

export const NCHWC = 'com.microsoft.nchwc';

/** The same memory under another shape. */
export const view = (emit: Emitter, name: string, shape: Shape): string =>
  emit.op('Reshape', [name, emit.ints(shape)]);

function fromPlain(
  emit: Emitter,
  name: string,
  layout: Layout,
  shape: Shape,
  dtype: DType,
): string {
  const b = emit.block;
  const [outer, inner, h, w] = shape;
  if (layout === 'image') {
    if (h * w === 1) return name;
    if (dtype === 'float32') return emit.op('ReorderInput', [name], {}, NCHWC);
    const apart = view(emit, name, [outer, inner / b, b, h, w]);
    return view(emit, emit.op('Transpose', [apart], { perm: [0, 1, 3, 4, 2] }), shape);
  }
  // As images twice: first the inner channels in blocks, then the outer ones.
  const blocks = inner % b === 0 ? emit.op('ReorderInput', [name], {}, NCHWC) : name;
  const rows = view(emit, blocks, [outer / b, b, inner * h * w, 1]);
  return view(emit, emit.op('ReorderInput', [rows], {}, NCHWC), shapeIn('filter', shape));
}

function toPlain(emit: Emitter, name: string, layout: Layout, shape: Shape, dtype: DType): string {
  const b = emit.block;
  const [outer, inner, h, w] = shape;
  if (layout === 'image') {
    if (h * w === 1) return name;
    if (dtype === 'float32') return emit.op('ReorderOutput', [name], { channels: inner }, NCHWC);
    const apart = view(emit, name, [outer, inner / b, h, w, b]);
    return view(emit, emit.op('Transpose', [apart], { perm: [0, 1, 4, 2, 3] }), shape);
  }
  const rows = view(emit, name, [outer / b, b, inner * h * w, 1]);
  const blocks = view(emit, emit.op('ReorderOutput', [rows], { channels: b }, NCHWC), shape);
  return inner % b === 0 ? emit.op('ReorderOutput', [blocks], { channels: inner }, NCHWC) : blocks;
}

/** Where each value of a plain weight [O, I, kh, kw] lies in the filter layout. */
function filterOrder([outer, inner, kh, kw]: Shape, b: number): Uint32Array {
  const lanes = inner % b === 0 ? b : 1;
  const taps = kh * kw;
  const order = new Uint32Array(outer * inner * taps);
  let from = 0;
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const block = Math.floor(o / b) * (inner / lanes) + Math.floor(i / lanes);
      for (let k = 0; k < taps; k++) {
        order[from++] = ((block * taps + k) * lanes + (i % lanes)) * b + (o % b);
      }
    }
  }
  return order;
}

/**
 * A weight's values in the filter layout, or with a block of 1 as they are; always a copy.
 * @param plain row-major [O, I, kh, kw]
 */
export function packFilter(plain: Float32Array, shape: Shape, block: number): Float32Array {
  if (block === 1) return plain.slice();
  const packed = new Float32Array(size(shape));
  filterOrder(shape, block).forEach((to, from) => {
    packed[to] = plain[from];
  });
  return packed;
}

/** The inverse of `packFilter`. */
export function unpackFilter(packed: Float32Array, shape: Shape, block: number): Float32Array {
  const plain = new Float32Array(size(shape));
  filterOrder(shape, block).forEach((from, to) => {
    plain[to] = packed[from];
  });
  return plain;
}
