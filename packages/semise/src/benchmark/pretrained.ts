// The long self-supervised training that several methods start from: once a data set, kept among
// the runs. It sees images and nothing else: the grades that a training cannot begin without, one a
// class, are made up, so that none can reach the rows that start from it.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeSafetensors } from '@semise/autograd';
import { exists, makeFolder } from '../atomic.js';
import { RUN_FILES, type TrainHooks } from '../run/index.js';
import { averagedEncoder, readCheckpoint } from '../training/index.js';
import { digest } from './digest.js';
import { lock } from './lock.js';
import type { Plan } from './plan.js';
import { writeShown } from './shown.js';
import { trainOrResume } from './train-or-resume.js';

/**
 * The encoder's weights, trained first where they are not there yet.
 * @returns a safetensors file, or null where the signal stopped the training
 * @throws InputError, TrainingError as `trainRun`
 */
export async function pretrainedEncoder(
  plan: Plan,
  runs: string,
  threads: number | undefined,
  hooks: TrainHooks,
): Promise<string | null> {
  const { cell, pretrained } = plan;
  if (!pretrained) throw new Error('the plan starts from no pretraining');
  const { training } = pretrained;
  const { data, pretrained: resolved } = plan.config as Record<string, unknown>;
  const healthy = cell.healthy === 'absent' ? 'absent' : 'kept';
  const folder = join(
    runs,
    'pretrained',
    `${cell.dataset}-${training.method}-${digest([data, resolved, healthy])}`,
  );
  const weights = join(folder, 'encoder.safetensors');
  await makeFolder(folder);
  const release = await lock(join(folder, 'lock'), hooks.signal);
  try {
    if (await exists(weights)) return weights;
    const condition = { budget: 1, comparisons: 0, wrong: 0, gradeNoise: 0, healthy } as const;
    const shown = await writeShown(
      plan.cohort,
      { ...condition, seed: training.seed ?? 0, split: 'validation' },
      join(folder, 'data'),
      { ties: plan.ties, pool: plan.pool, madeUp: true },
    );
    const run = join(folder, 'run');
    const result = await trainOrResume(
      { ...training, data: shown.labels, leakage: 'allow', threads, out: run },
      hooks,
    );
    if (!result) return null;
    const { tensors } = await readCheckpoint(join(run, RUN_FILES.checkpoint));
    await writeSafetensors(weights, averagedEncoder(tensors));
    await Promise.all(
      [RUN_FILES.checkpoint, RUN_FILES.encoder, RUN_FILES.model].map((file) =>
        rm(join(run, file), { force: true }),
      ),
    );
    return weights;
  } finally {
    await release();
  }
}
