// Values of options, checked where they are read.

import { InvalidArgumentError } from 'commander';
import { type MethodSettings, settingsSchema } from '../methods/index.js';
import { ENCODER_NAMES, type EncoderName } from '../models/index.js';

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('expected a whole number, 0 or more');
  }
  return value;
}

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value) || value === 0) {
    throw new InvalidArgumentError('expected a whole number, 1 or more');
  }
  return value;
}

export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) {
    throw new InvalidArgumentError('expected a number above 0');
  }
  return value;
}

export function atLeastOne(text: string): number {
  const value = Number(text);
  if (!(value >= 1) || !Number.isFinite(value)) {
    throw new InvalidArgumentError('expected a number, 1 or more');
  }
  return value;
}

export function nonNegative(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0) || !Number.isFinite(value)) {
    throw new InvalidArgumentError('expected a number, 0 or more');
  }
  return value;
}

/** mm between pixel centres, one number or down x across. */
export function spacing(text: string): [number, number] {
  const parts = text.split('x').map(Number);
  if (parts.length > 2 || !parts.every((value) => value > 0 && Number.isFinite(value))) {
    throw new InvalidArgumentError('expected a distance in mm: 0.2, or down x across as 0.3x0.2');
  }
  return [parts[0], parts[1] ?? parts[0]];
}

export function share(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1)) {
    throw new InvalidArgumentError('expected a number from 0 to 1');
  }
  return value;
}

export const budget = (text: string): number | 'all' =>
  text === 'all' ? 'all' : positiveInteger(text);

/** One of our networks, or an ONNX file. */
export function encoder(text: string): EncoderName | `${string}.onnx` {
  const ours = ENCODER_NAMES.find((name) => name === text);
  if (ours) return ours;
  if (text.endsWith('.onnx')) return text as `${string}.onnx`;
  throw new InvalidArgumentError(`expected ${ENCODER_NAMES.join(', ')} or a file *.onnx`);
}

/** `name=value` of a setting of methods (`name=1,2,3` for a list of numbers), added to those given before. */
export function setting(
  text: string,
  before: Partial<MethodSettings> = {},
): Partial<MethodSettings> {
  const [, name, written] = /^\s*(\w+)\s*=(.*)$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError('expected name=value');
  if (!Object.hasOwn(settingsSchema.shape, name)) {
    const names = Object.keys(settingsSchema.shape).join(', ');
    throw new InvalidArgumentError(`no setting ${name}; there are ${names}`);
  }
  const value = settingValue(written.trim());
  const checked = settingsSchema.partial().safeParse({ [name]: value });
  if (!checked.success) throw new InvalidArgumentError(checked.error.issues[0].message);
  return { ...before, ...checked.data };
}

/** A number, yes or no, a list of numbers, or a word. */
function settingValue(word: string): unknown {
  if (word.includes(',')) {
    return word.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  }
  if (word !== '' && Number.isFinite(Number(word))) return Number(word);
  return word === 'true' || word === 'false' ? word === 'true' : word;
}
