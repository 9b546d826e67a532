// For tests: runs a few tensors once, on an engine that the test file shares.

export { runOnce as runGraph } from '@semise/autograd';
