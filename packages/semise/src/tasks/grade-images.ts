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

/**
 * Images that go through a network together. More are no faster (ResNet-18, 224 px: 17 to 18 ms an image
 * with 2 as with 64) and take more memory: 900 MB with 64, 560 with 16.
 * @param values that make an image
 */
export const imagesAtOnce = (values: number): number =>
  Math.max(4, Math.min(64, Math.floor(3e6 / values)));

/** What a model is fed of one image: pixels [C, S, S], 0..255, or features [F]. */
type Read = (index: number) => Uint8Array | Float32Array;

/** Runs over images in batches. */
export async function* batches(
  indices: readonly number[],
  read: Read,
): AsyncGenerator<{ indices: readonly number[]; fed: Feeds }> {
  for (let start = 0, size = 0; start < indices.length; start += size) {
    size ||= imagesAtOnce(read(indices[start]).length);
    const part = indices.slice(start, start + size);
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
