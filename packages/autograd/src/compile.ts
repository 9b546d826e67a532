// What turns a graph into an ONNX program, without the engine and the files: nothing here needs Node, so
// that a browser can import it and run the program with onnxruntime-web (examples/browser).

export type { ExecutionProvider } from './emitter.js';
export * from './gradient.js';
export {
  constant,
  type DType,
  type Input,
  input,
  type Shape,
  ShapeError,
  size,
  type Tensor,
  type TensorData,
  type Variable,
  variable,
} from './graph.js';
export { type ModelContent, readModel } from './onnx.js';
export * from './ops/index.js';
export * from './optimizers/accumulate.js';
export * from './optimizers/adamw.js';
export * from './optimizers/average.js';
export * from './optimizers/clip.js';
export * from './optimizers/lars.js';
export type { Optimizer } from './optimizers/optimizer.js';
export * from './optimizers/sgd.js';
export {
  compile,
  type ExportSpec,
  exportModel,
  type Program,
  type ProgramSpec,
  type Update,
  type Value,
} from './program.js';
