// Weights made elsewhere: torchvision-style ResNets in safetensors files, as a start for the encoder.

import {
  input,
  type NamedTensor,
  readSafetensors,
  type SafetensorsFile,
  type Shape,
  size,
  variable,
} from '@semise/autograd';
import { InputError } from '../errors.js';
import { ENCODERS, type EncoderName } from './resnet.js';
import type { Scope } from './scope.js';

export interface EncoderShape {
  readonly encoder: EncoderName;
  /** Colour channels of the images: 1 or 3. */
  readonly channels: number;
}

/** What training frameworks put before torchvision's names. */
const PREFIX = /^(?:module|encoder|backbone)\./;

/** How many misfits one message names. */
const NAMED = 5;

/**
 * Reads the weights and running statistics of an encoder. Names are torchvision's, with or without
 * `module.`, `encoder.` and `backbone.` before them; tensors that the encoder does not have (`fc.*`,
 * `num_batches_tracked`, other networks' parts) are ignored. For grey images the first kernel is
 * summed over its colours, which is what it would answer to the image repeated in each.
 * @returns values by our names, `encoder.conv1.weight`, ready for `engine.write`
 * @throws InputError if the file is not safetensors, or tensors are missing or of another shape: all
 *   of them at once, with the shapes expected and found
 */
export async function readTorchvisionWeights(
  file: string,
  model: EncoderShape,
): Promise<Map<string, Float32Array>> {
  const found = byPlainName(file, await read(file));
  const values = new Map<string, Float32Array>();
  const misfits: string[] = [];
  for (const [name, shape] of encoderShapes(model)) {
    const tensor = found.get(name);
    const fitting = tensor && fit(tensor, shape);
    if (fitting) values.set(`encoder.${name}`, fitting);
    else if (tensor) misfits.push(`${name} is [${tensor.shape}], expected [${shape}]`);
    else misfits.push(`${name} [${shape}] is missing`);
  }
  if (misfits.length > 0) {
    const more = misfits.length > NAMED ? `; and ${misfits.length - NAMED} more` : '';
    throw new InputError(
      `${file}: does not fit the encoder ${model.encoder} for ${model.channels}-channel images: ${misfits.slice(0, NAMED).join('; ')}${more}. Choose the encoder that these weights were trained for`,
    );
  }
  return values;
}

async function read(file: string): Promise<SafetensorsFile> {
  try {
    return await readSafetensors(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code)
      throw new InputError(`${file}: cannot be read (${code}). Check the path of the weights`);
    throw new InputError(
      `${message}. Initial weights must be a safetensors file; in Python, safetensors.torch.save_file(model.state_dict(), FILE) writes one`,
    );
  }
}

function byPlainName(file: string, { tensors }: SafetensorsFile): Map<string, NamedTensor> {
  const plain = new Map<string, NamedTensor>();
  for (const [name, tensor] of tensors) {
    let short = name;
    while (PREFIX.test(short)) short = short.replace(PREFIX, '');
    if (plain.has(short)) {
      throw new InputError(
        `${file}: holds several tensors named ${short} (one of them as ${name}). Keep one network in the file`,
      );
    }
    plain.set(short, tensor);
  }
  return plain;
}

/** Torchvision's name and our shape of every weight and running statistic of an encoder. */
function encoderShapes({ encoder, channels }: EncoderShape): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  const noted = (path: string) => (name: string, shape: Shape) => {
    shapes.set(path + name, shape);
    return variable(path + name, shape, new Float32Array(size(shape)));
  };
  const scope = (path: string): Scope => ({
    training: false,
    weight: noted(path),
    statistic: noted(path),
    memory: noted(path),
    update: () => {},
    within: (name) => scope(`${path}${name}.`),
  });
  ENCODERS[encoder](scope(''), input('images', [1, channels, 64, 64]));
  return shapes;
}

/** The values under the shape asked for, or nothing where they cannot be. */
function fit({ shape, data }: NamedTensor, expected: Shape): Float32Array | undefined {
  if (shape.join() === expected.join()) return data;
  const [out, channels, ...kernel] = shape;
  const summable = channels === 3 && [out, 1, ...kernel].join() === expected.join();
  if (!summable) return undefined;
  const area = size(kernel);
  return Float32Array.from({ length: out * area }, (_, i) => {
    const first = Math.floor(i / area) * 3 * area + (i % area);
    return data[first] + data[first + area] + data[first + 2 * area];
  });
}
