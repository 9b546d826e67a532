// A program: a graph made ready to run, as the bytes of one ONNX model and the names around it.

import type { Value as Laid, Layout } from './blocked-form.js';
import {
  type Emission,
  type Emitter,
  type ExecutionProvider,
  emitter,
  type OnnxNode,
} from './emitter.js';
import { fuse } from './fuse.js';
import {
  type DType,
  type Input,
  isInput,
  isVariable,
  reachable,
  type Shape,
  ShapeError,
  size,
  type Tensor,
  type Variable,
} from './graph.js';
import { inPlace } from './in-place.js';
import { assignLayouts, laidValue, shapeIn } from './layout.js';
import { encodeModel } from './onnx.js';
import { tidy } from './tidy.js';

export interface Value {
  readonly shape: Shape;
  readonly dtype: DType;
}

export interface Program {
  readonly model: Uint8Array;
  /** What to feed at each run. */
  readonly inputs: Readonly<Record<string, Value>>;
  /** What a run returns. */
  readonly outputs: Readonly<Record<string, Value>>;
  /** What is kept between runs, with the values it starts from. */
  readonly variables: Readonly<
    Record<string, { shape: Shape; initial: Float32Array; uniform?: number }>
  >;
  /** Variables that a run replaces: variable name -> output of the model. */
  readonly updates: Readonly<Record<string, string>>;
  readonly provider: ExecutionProvider;
}

/** A model, and of its variables those that it holds in the filter layout. */
export interface Lowered {
  readonly model: Uint8Array;
  readonly filters: readonly string[];
  /** Variables whose next values may be written over the present ones. */
  readonly inPlace: readonly string[];
  /** Whether its first output is the mark. */
  readonly marked: boolean;
}

/** The first output of a model that the engine runs on a CPU: what it is for says worker.ts. */
export const MARK = 'mark:';

/** A variable and the node that holds its next value. */
export type Update = readonly [Variable, Tensor];

export interface ProgramSpec {
  readonly name?: string;
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly updates?: readonly Update[];
  readonly provider?: ExecutionProvider;
}

/**
 * Compiles outputs and variable updates into one program. Nodes that neither needs are left out.
 * @throws ShapeError if an update's shape differs from its variable's; Error if two different leaves,
 *   a leaf and an output, or two updates share a name
 */
export function compile(spec: ProgramSpec): Program {
  const { name = 'program', outputs, updates = [], provider = 'cpu' } = spec;
  const updated = new Set<string>();
  for (const [v, next] of updates) {
    if (updated.has(v.name)) throw new Error(`two updates of ${v.name} in one program`);
    updated.add(v.name);
    if (v.shape.join() !== next.shape.join()) {
      throw new ShapeError(`update of ${v.name}: [${next.shape}] for a variable of [${v.shape}]`);
    }
  }
  const graph = reachable([...Object.values(outputs), ...updates.map(([, next]) => next)]);
  checkNames([...graph, ...updates.map(([v]) => v)], outputs);
  const lower = (block: number, marked = false): Lowered => {
    const emit = emitter(provider, block);
    const layouts = assignLayouts(graph, updates, block);
    const values = lowerAll(graph, emit, layouts);
    const layoutOf = (v: Variable): Layout => layouts.get(v.id) ?? 'plain';
    const nameOf = (t: Tensor, layout: Layout): string => (values.get(t.id) as Laid).in(layout);
    const results = [
      ...Object.entries(outputs).map(([key, t]) => ({
        name: key,
        from: nameOf(t, 'plain'),
        shape: t.shape,
        dtype: t.dtype,
      })),
      ...updates.map(([v, next]) => ({
        name: `${v.name}:next`,
        from: nameOf(next, layoutOf(v)),
        shape: shapeIn(layoutOf(v), v.shape),
        dtype: v.dtype,
      })),
    ];
    const marks = marked
      ? [{ name: MARK, from: emit.op('SequenceConstruct', [emit.scalar(0)]) }]
      : [];
    const named = nameOutputs(fused(emit, values, [...marks, ...results]), [...marks, ...results]);
    const scalars = new Set(
      [...values.values()].filter((v) => v.shape.length === 0).map((v) => v.in('plain')),
    );
    const pairs = updates.map(([v]) => [v.name, `${v.name}:next`] as const);
    const { nodes, names } =
      provider === 'cpu' ? inPlace(named, pairs, scalars, emit) : { nodes: named, names: [] };
    return {
      model: encodeModel({
        name,
        nodes,
        inputs: emit.inputs,
        outputs: results,
        sequences: marks.map(({ name }) => name),
        constants: emit.constants,
      }),
      filters: [...graph, ...updates.map(([v]) => v)]
        .filter(isVariable)
        .filter((v) => layoutOf(v) === 'filter')
        .map((v) => v.name),
      inPlace: names,
      marked,
    };
  };
  const known = new Map<number, Lowered>();
  const lowered = (block: number): Lowered => {
    const made = known.get(block) ?? lower(block, true);
    known.set(block, made);
    return made;
  };
  let plain: Uint8Array | undefined;

  const variables = new Map<string, Variable>();
  for (const t of [...graph, ...updates.map(([v]) => v)]) {
    if (isVariable(t)) variables.set(t.name, t);
  }
  const program: Program = {
    get model() {
      plain ??= lower(1).model;
      return plain;
    },
    provider,
    inputs: Object.fromEntries(
      graph.filter(isInput).map((t) => [t.name, { shape: t.shape, dtype: t.dtype }]),
    ),
    outputs: Object.fromEntries(
      Object.entries(outputs).map(([key, t]) => [key, { shape: t.shape, dtype: t.dtype }]),
    ),
    variables: Object.fromEntries(
      [...variables].map(([key, v]) => [
        key,
        {
          shape: v.shape,
          uniform: v.uniform,
          get initial() {
            return v.initial;
          },
        },
      ]),
    ),
    updates: Object.fromEntries(updates.map(([v]) => [v.name, `${v.name}:next`])),
  };
  if (provider === 'cpu') forms.set(program, lowered);
  return program;
}

/** Forms of compiled programs in blocks of channels. */
const forms = new WeakMap<Program, (block: number) => Lowered>();

/**
 * The model of a program in the form for a machine whose fast convolutions want `block` channels side
 * by side (layout.ts). Of programs that `compile` did not make, only the plain form is known.
 */
export const formOf = (program: Program, block: number): Lowered =>
  forms.get(program)?.(block) ?? { model: program.model, filters: [], inPlace: [], marked: false };

/** Names tell leaves and outputs apart in the model: a clash would mix up their values. */
function checkNames(graph: readonly Tensor[], outputs: Readonly<Record<string, Tensor>>): void {
  const leaves = new Map<string, Input | Variable>();
  for (const t of graph) {
    if (!isInput(t) && !isVariable(t)) continue;
    const known = leaves.get(t.name) ?? t;
    leaves.set(t.name, known);
    const [a, b] = [known, t].map((leaf) => `${leaf.op} ${leaf.dtype} [${leaf.shape}]`);
    if (a !== b) throw new Error(`two different leaves named ${t.name}: ${a} and ${b}`);
    if (isVariable(known) && isVariable(t) && !startAlike(known, t)) {
      throw new Error(
        `two different leaves named ${t.name}: variables that start from other values`,
      );
    }
  }
  for (const name of Object.keys(outputs)) {
    const leaf = leaves.get(name);
    if (leaf) throw new Error(`output ${name} has the name of an existing ${leaf.op}`);
  }
}

function startAlike(a: Variable, b: Variable): boolean {
  if (a === b) return true;
  const [one, other] = [a.initial, b.initial];
  return one === other || one.every((v, i) => Object.is(v, other[i]));
}

export interface ExportSpec {
  readonly name: string;
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Values of the variables, which become constants of the model. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * A model that stands alone: variables become constants of their names, and the leading size of every input and
 * output is left open, so that the graph, built for a batch of one, takes a batch of any size.
 */
export function exportModel(spec: ExportSpec): Uint8Array {
  const graph = reachable(Object.values(spec.outputs));
  checkNames(graph, spec.outputs);
  const emit = emitter('cpu');
  const values = new Map<number, Laid>();
  for (const t of graph) {
    if (isVariable(t)) {
      const weights = spec.weights.get(t.name);
      if (!weights || weights.length !== size(t.shape)) {
        throw new ShapeError(`export: no weights of shape [${t.shape}] for ${t.name}`);
      }
      const name = emit.constant(weights, t.shape, 'float32', t.name);
      values.set(t.id, laidValue(emit, name, 'plain', t.shape, t.dtype));
    }
  }
  lowerAll(graph, emit, undefined, values);
  const open = (shape: Shape): Shape => shape.map((n, i) => (i === 0 ? -1 : n));
  const results = Object.entries(spec.outputs).map(([key, t]) => ({
    name: key,
    from: (values.get(t.id) as Laid).in('plain'),
  }));
  return encodeModel({
    name: spec.name,
    nodes: nameOutputs(tidied(emit, results), results),
    inputs: emit.inputs.map((v) => ({ ...v, shape: open(v.shape) })),
    outputs: Object.entries(spec.outputs).map(([name, t]) => ({
      name,
      shape: open(t.shape),
      dtype: t.dtype,
    })),
    constants: emit.constants,
    metadata: spec.metadata,
  });
}

function lowerAll(
  graph: readonly Tensor[],
  emit: Emitter,
  layouts: ReadonlyMap<number, Layout> = new Map(),
  values = new Map<number, Laid>(),
): Map<number, Laid> {
  for (const t of graph) {
    if (values.has(t.id)) continue;
    const inputs = t.inputs.map((i) => values.get(i.id) as Laid);
    const layout = layouts.get(t.id) ?? 'plain';
    const wholly = layout === 'plain' && inputs.every((v) => v.layout === 'plain');
    const blocked = wholly ? undefined : t.blocked?.lower(emit, inputs, layout);
    const plain = () =>
      isVariable(t)
        ? emit.input(t.name, shapeIn(layout, t.shape), t.dtype)
        : t.lower(
            emit,
            inputs.map((v) => v.in('plain')),
          );
    const is = blocked !== undefined || isVariable(t) ? layout : 'plain';
    values.set(t.id, laidValue(emit, blocked ?? plain(), is, t.shape, t.dtype));
  }
  return values;
}

function fused(
  emit: Emission,
  values: ReadonlyMap<number, Laid>,
  results: readonly { readonly from: string }[],
): OnnxNode[] {
  const shapes = new Map([...values.values()].map((v) => [v.in(v.layout), v.shape.join()]));
  return fuse(tidied(emit, results), shapes, new Set(results.map((r) => r.from)));
}

const tidied = (emit: Emission, results: readonly { readonly from: string }[]): OnnxNode[] =>
  tidy(emit.nodes, emit.constants, new Set(results.map((r) => r.from)));

/**
 * Gives the values that leave the model their own names: by renaming, which costs nothing, or by an
 * Identity where one value leaves under two names or an input leaves unchanged.
 */
function nameOutputs(
  nodes: readonly OnnxNode[],
  outputs: readonly { readonly name: string; readonly from: string }[],
): OnnxNode[] {
  const made = new Set(nodes.flatMap((n) => n.outputs));
  const renamed = new Map<string, string>();
  const copies: OnnxNode[] = [];
  for (const { name, from } of outputs) {
    if (made.has(from) && !renamed.has(from)) renamed.set(from, name);
    else {
      copies.push({
        opType: 'Identity',
        domain: '',
        inputs: [from],
        outputs: [name],
        attributes: {},
      });
    }
  }
  const rename = (name: string) => renamed.get(name) ?? name;
  return [...nodes, ...copies].map((n) => ({
    ...n,
    inputs: n.inputs.map(rename),
    outputs: n.outputs.map(rename),
  }));
}
