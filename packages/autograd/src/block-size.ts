// How many channels ONNX Runtime's blocked kernels put side by side on this machine. It depends on the
// processor and is told nowhere: a model of one node that puts channels in blocks shows it.

import * as ort from 'onnxruntime-node';
import { encodeModel } from './onnx.js';

const CHANNELS = 64;

/** @returns 16 or 8 on x64 (AVX-512 or not); 1 where there are no such kernels */
export async function findBlockSize(): Promise<number> {
  const shape = [1, CHANNELS, 1, 2];
  const model = encodeModel({
    name: 'block-size',
    nodes: [
      {
        opType: 'ReorderInput',
        domain: 'com.microsoft.nchwc',
        inputs: ['x'],
        outputs: ['y'],
        attributes: {},
      },
    ],
    inputs: [{ name: 'x', shape, dtype: 'float32' }],
    outputs: [{ name: 'y', shape, dtype: 'float32' }],
    constants: [],
  });
  try {
    const session = await ort.InferenceSession.create(model, {
      executionProviders: ['cpu'],
      intraOpNumThreads: 1,
      logSeverityLevel: 4,
    });
    // Two pixels a channel, all numbered: the second pixel of channel 0 follows the first of the block.
    const numbered = Float32Array.from({ length: 2 * CHANNELS }, (_, i) => i);
    const { y } = await session.run({ x: new ort.Tensor('float32', numbered, shape) });
    await session.release();
    const block = (y.data as Float32Array).indexOf(1);
    return CHANNELS % block === 0 ? block : 1;
  } catch {
    return 1;
  }
}
