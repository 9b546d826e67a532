// Trains the network of network.js in the page, with onnxruntime-web. `?provider=webgpu` computes on the
// GPU, else WebAssembly does; `&steps=100` says how long.

import * as ort from 'onnxruntime-web';
import { batch, trainingStep } from './network.js';

const asked = new URLSearchParams(location.search);
const webgpu = asked.get('provider') === 'webgpu';
const steps = Number(asked.get('steps') ?? 60);
ort.env.wasm.numThreads = 1; // more need a page with cross-origin isolation

/** A program ready to run: what an engine of @semise/autograd is in Node. */
async function load(program) {
  const onDevice = Object.values(program.updates).map((name) => [name, 'gpu-buffer']);
  const session = await ort.InferenceSession.create(program.model, {
    executionProviders: [webgpu ? 'webgpu' : 'wasm'],
    logSeverityLevel: 3,
    ...(webgpu && { preferredOutputLocation: Object.fromEntries(onDevice) }),
  });
  const variables = new Map(
    Object.entries(program.variables).map(([name, { shape, initial }]) => [
      name,
      new ort.Tensor('float32', initial, shape),
    ]),
  );
  return async (feeds) => {
    const inputs = Object.fromEntries(variables);
    for (const [name, { shape, dtype }] of Object.entries(program.inputs)) {
      const value = feeds[name];
      inputs[name] = new ort.Tensor(
        dtype,
        typeof value === 'number' ? Float32Array.of(value) : value,
        shape,
      );
    }
    const results = await session.run(inputs);
    for (const [name, output] of Object.entries(program.updates)) {
      const previous = variables.get(name);
      variables.set(name, results[output]);
      if (previous.location === 'gpu-buffer') previous.dispose();
    }
    return results;
  };
}

const text = document.querySelector('pre');
const losses = [];
try {
  const run = await load(trainingStep(webgpu ? 'webgpu' : 'cpu'));
  for (let step = 0; step < steps; step++) {
    const { loss } = await run(batch(step));
    losses.push(loss.data[0]);
    if (step % 10 === 0 || step === steps - 1) {
      text.textContent += `step ${step + 1}: loss ${loss.data[0].toFixed(4)}\n`;
    }
  }
  globalThis.trained = { losses };
} catch (error) {
  text.textContent += `${error}\n`;
  globalThis.trained = { error: String(error) };
}
