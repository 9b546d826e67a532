// What an op says of itself where tensors lie in blocks of channels. The layouts are explained, and
// chosen, in layout.ts.

import type { Emitter } from './emitter.js';
import type { Shape } from './graph.js';

export type Layout = 'plain' | 'image' | 'filter';

/** A value of the model, in whatever layout it is wanted. */
export interface Value {
  readonly shape: Shape;
  /** The layout it was computed in. */
  readonly layout: Layout;
  /** Its name in the model in a layout; emits what turns it round where need be. */
  in(layout: Layout): string;
}

/** How an op is computed where tensors are not plain. */
export interface BlockedForm {
  /** The layout of the result, given those of the inputs. */
  layout(inputs: readonly Layout[], block: number): Layout;
  /** Layouts that inputs had best be in. A variable that is wanted so is kept so between runs. */
  readonly wants?: readonly (Layout | undefined)[];
  /** Works in any layout: takes the one that its users want. */
  readonly flexible?: boolean;
  /** Emits it and names the result, in the layout said before; undefined: take the plain lowering. */
  lower(emit: Emitter, inputs: readonly Value[], layout: Layout): string | undefined;
}
