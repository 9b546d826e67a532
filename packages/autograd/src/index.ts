// @semise/autograd: symbolic tensor graphs, their gradients, and the ONNX programs made of them.

export * from './compile.js';
export * from './engine.js';
export * from './run-once.js';
export * from './safetensors.js';
