// The goldens of fixtures/, made by PyTorch (fixtures/make_goldens.py).

import { fileURLToPath } from 'node:url';
import { readSafetensors, type SafetensorsFile } from '../safetensors.js';

/** The path of a fixture, seen from the compiled tests. */
export const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../src/fixtures/${name}`, import.meta.url));

export const goldens = (name: string): Promise<SafetensorsFile> => readSafetensors(fixture(name));
