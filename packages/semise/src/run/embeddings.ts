// Embeddings as a table: what `semise embed` writes.

import { stringify } from 'csv-stringify/sync';
import type { FileAnswer } from './predict.js';

/** The columns of `embeddingTable`. @param features of an embedding */
const heading = (features: number): string[] => [
  'image',
  'score',
  ...Array.from({ length: features }, (_, i) => `e${i}`),
];

/** CSV, a row an image: image, score, e0, e1, ... Features need no quotes: it takes half the time without looking for them. */
export const embeddingTable = (answers: readonly FileAnswer[]): string =>
  answers
    .map(
      ({ file, score, embedding }) =>
        `${stringify([[file, score]], { eof: false })},${embedding.join()}\n`,
    )
    .reduce((table, row) => table + row, stringify([heading(answers[0].embedding.length)]));
