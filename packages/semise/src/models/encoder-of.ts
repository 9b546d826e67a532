// Encoders by the name that a configuration gives them: ours, or one from elsewhere that rests.

import { ENCODERS, type Encoder, type EncoderName } from './resnet.js';

/** An encoder in an ONNX file of its own: what is trained sees its features in place of images. */
export const ELSEWHERE = 'onnx';

export const encoderOf = (name: EncoderName | typeof ELSEWHERE): Encoder =>
  name === ELSEWHERE ? (_, features) => ({ features, stages: [] }) : ENCODERS[name];
