// For tests: what evaluation/calibration/fixtures/make_goldens.py writes.

import { readFileSync } from 'node:fs';

interface Goldens {
  wilson: { hits: number; n: number; ci95: [number, number] }[];
  reliability: {
    name: string;
    said: number[];
    happened: number[];
    curves: { bins: number; strategy: string; observed: number[]; predicted: number[] }[];
  }[];
  temperature: {
    truth: number[];
    probabilities: number[][];
    temperature: number;
    nllBefore: number;
    nllAfter: number;
    scaled: number[][];
  }[];
  isotonic: { x: number[]; y: number[]; fitted: number[]; at: number[]; predicted: number[] }[];
}

export const goldens = JSON.parse(
  readFileSync(
    new URL('../../src/evaluation/calibration/fixtures/goldens.json', import.meta.url),
    'utf8',
  ),
) as Goldens;
