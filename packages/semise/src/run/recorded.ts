// A training that keeps its folder up to date: metrics.jsonl and the checkpoint that it resumes from.

import { join } from 'node:path';
import {
  type StepRecord,
  type TrainingHooks,
  type TrainingState,
  writeCheckpoint,
} from '../training/index.js';
import { RUN_FILES } from './files.js';
import { appendHistory, type StepLine } from './history.js';

export interface Recording<Validation> {
  /** Of the whole training. */
  readonly steps: number;
  /** Checkpoints, and looks at the validation split, in its course. */
  readonly checkpoints: number;
  /** How the model does on the validation split; null where that cannot be said. */
  readonly look: (step: number, state: TrainingState) => Promise<Validation | null>;
  readonly onStep?: (record: StepRecord) => void;
  /** Stops after the step under way. */
  readonly signal?: AbortSignal;
}

/**
 * @param train the training, with the hooks it is given; returns the steps done
 * @returns its last state, or null where the signal stopped it
 */
export async function recorded<Validation>(
  folder: string,
  { steps, checkpoints, look, onStep, signal }: Recording<Validation>,
  train: (hooks: TrainingHooks) => Promise<number>,
): Promise<TrainingState | null> {
  let lines: (StepLine | { step: number; validation: Validation })[] = [];
  let final: TrainingState | undefined;
  const done = await train({
    signal,
    checkpointEvery: Math.max(1, Math.ceil(steps / checkpoints)),
    onStep: (record) => {
      const { step, phase, learningRate, losses, imagesPerSecond } = record;
      lines.push({ step, phase, learningRate, losses, imagesPerSecond });
      onStep?.(record);
    },
    onCheckpoint: async (step, read) => {
      final = await read();
      if (step < steps && !signal?.aborted) {
        const validation = await look(step, final);
        if (validation !== null) lines.push({ step, validation });
      }
      // The history first: a kill in between leaves lines that the next resume cuts off again.
      await appendHistory(join(folder, RUN_FILES.history), lines);
      lines = [];
      await writeCheckpoint(join(folder, RUN_FILES.checkpoint), step, final);
    },
  });
  return done < steps || !final || signal?.aborted ? null : final;
}
