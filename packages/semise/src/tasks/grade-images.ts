// Grading images with a model in an engine, a batch at a time.

import type { Feeds, Runnable } from '@semise/autograd';
import { inARow } from '../training/index.js';

/** What a model says of one image. */
export interface ImageAnswer {
  readonly grade: number;
  readonly score: number;
  readonly probabilities: readonly number[];
  readonly embedding: Float32Array;
}

const BATCH = 64;

/** What a model is fed of one image: pixels [C, S, S], 0..255, or features [F]. */
type Read = (index: number) => Uint8Array | Float32Array;

/** Runs over images in batches. */
export async function* batches(
  indices: readonly number[],
  read: Read,
): AsyncGenerator<{ indices: readonly number[]; fed: Feeds }> {
  for (let start = 0; start < indices.length; start += BATCH) {
    const part = indices.slice(start, start + BATCH);
    const values = inARow(part.map(read));
    // Under either name; a model takes the one that it has.
    yield { indices: part, fed: { image: values, features: values } };
  }
}

/** Grades images with an exported model. @returns answers in the order of `indices` */
export async function gradeImages(
  model: Runnable,
  indices: readonly number[],
  read: Read,
  onProgress?: (done: number) => void,
): Promise<ImageAnswer[]> {
  const answers: ImageAnswer[] = [];
  for await (const { indices: part, fed } of batches(indices, read)) {
    const out = await model.run(fed);
    const probabilities = out.probabilities as Float32Array;
    const embedding = out.embedding as Float32Array;
    const k = probabilities.length / part.length;
    const f = embedding.length / part.length;
    part.forEach((_, i) => {
      answers.push({
        grade: Number(out.grade[i]),
        score: Number(out.score[i]),
        probabilities: [...probabilities.subarray(i * k, (i + 1) * k)],
        embedding: embedding.slice(i * f, (i + 1) * f),
      });
    });
    onProgress?.(answers.length);
  }
  return answers;
}
