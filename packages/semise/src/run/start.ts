// Where the encoder starts (--init): weights in a file, weights at a URL, or another run's encoder, so that
// one long pretraining serves every run that starts from it.

import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { makeFolder, unwritable, writeWhole } from '../atomic.js';
import { defaultCacheFolder } from '../data/index.js';
import { readTable } from '../data/table.js';
import { InputError } from '../errors.js';
import { ELSEWHERE, readTorchvisionWeights } from '../models/index.js';
import { readCheckpoint } from '../training/index.js';
import { type RunConfig, readRunConfig } from './config.js';
import type { Dataset } from './dataset.js';
import { encoderValues, withAverage } from './encoder-values.js';
import { RUN_FILES } from './files.js';

const URL_START = /^https?:\/\//;

/** `--init` as configurations keep it: URLs as they are, paths absolute. */
export const startOf = (init: string): string => (URL_START.test(init) ? init : resolve(init));

/**
 * Values of the encoder and of its moving average, by our names; none where the run starts from scratch.
 * @throws InputError if there are no such weights, they do not fit the encoder, or they were trained on
 *   images that this run validates or tests with
 */
export async function startingWeights(
  config: RunConfig,
  dataset: Pick<Dataset, 'manifest' | 'splits'>,
): Promise<Map<string, Float32Array>> {
  const { init } = config;
  if (!init) return new Map();
  const { encoder } = config.training;
  if (encoder === ELSEWHERE) {
    throw new InputError(
      `--init ${init}: the encoder is a file of its own, which rests; leave --init out, or choose one of our encoders`,
    );
  }
  const isFolder = await stat(init).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const weights = isFolder
    ? await encoderOfRun(init, config, dataset)
    : await weightsOf(init, { ...config.training, encoder });
  return withAverage(weights);
}

/** Torchvision-style weights of a file, or of a URL with its SHA-256, by our names. */
export const weightsOf = async (
  init: string,
  encoder: Parameters<typeof readTorchvisionWeights>[1],
): Promise<Map<string, Float32Array>> =>
  readTorchvisionWeights(URL_START.test(init) ? await fetched(init) : init, encoder);

/** The encoder that a finished run answers with. */
async function encoderOfRun(
  folder: string,
  config: RunConfig,
  dataset: Pick<Dataset, 'manifest' | 'splits'>,
): Promise<Map<string, Float32Array>> {
  const other = await readRunConfig(folder);
  for (const field of ['encoder', 'channels'] as const) {
    const [theirs, ours] = [other.training[field], config.training[field]];
    if (theirs !== ours) {
      throw new InputError(
        `--init ${folder}: its ${field} is ${theirs}, here it is ${ours}; train both with the same`,
      );
    }
  }
  await refuseSeen(folder, other, config, dataset);
  const file = join(folder, RUN_FILES.checkpoint);
  const { step, tensors } = await readCheckpoint(file);
  if (step < other.training.steps) {
    throw new InputError(
      `--init ${folder}: has done ${step} of ${other.training.steps} steps; finish it with semise train --resume --out ${folder}`,
    );
  }
  return encoderValues(tensors);
}

/** What another run trained on, this one must not validate or test with. */
async function refuseSeen(
  folder: string,
  other: RunConfig,
  config: RunConfig,
  { manifest, splits }: Pick<Dataset, 'manifest' | 'splits'>,
): Promise<void> {
  const columns = ['image', 'subject', 'split'];
  const rows = await readTable(join(folder, RUN_FILES.split), columns, ['grade', 'graded']);
  const trained = rows.map(({ values }) => values).filter(({ split }) => split === 'train');
  const images = new Set(trained.map(({ image }) => resolve(dirname(other.data.file), image)));
  // Names of subjects mean the same within one file only.
  const sameFile = other.data.file === config.data.file;
  const subjects = new Set(sameFile ? trained.map(({ subject }) => subject) : []);
  const seen = manifest.records.filter(
    ({ path, subject }, i) => splits[i] !== 'train' && (images.has(path) || subjects.has(subject)),
  );
  if (seen.length > 0) {
    throw new InputError(
      `--init ${folder}: was trained on ${seen.length} images or their subjects that this run validates or tests with, ${seen[0].image} among them; give both runs the same split (column split, or the same --seed)`,
    );
  }
}

/**
 * A file of weights, downloaded once and kept in the cache folder under its SHA-256.
 * @param url with the hash it must have: https://host/weights.safetensors#sha256=<64 hexadecimal digits>
 * @throws InputError without a hash, with another one, or if nothing can be had there
 */
export async function fetched(url: string): Promise<string> {
  const [address, fragment = ''] = url.split('#');
  const sha256 = /^sha256=([0-9a-f]{64})$/i.exec(fragment)?.[1].toLowerCase();
  if (!sha256) {
    throw new InputError(
      `--init ${url}: without the file's SHA-256 nobody knows what it is; write ${address}#sha256=<64 hexadecimal digits>`,
    );
  }
  const folder = join(defaultCacheFolder(), 'weights');
  const file = join(folder, `${sha256}.safetensors`);
  const kept = await readFile(file).catch(() => undefined);
  if (kept && hash(kept) === sha256) return file;
  const content = await download(address);
  const found = hash(content);
  if (found !== sha256) {
    throw new InputError(
      `--init ${address}: its SHA-256 is ${found}, expected ${sha256}; check the address and the hash`,
    );
  }
  await makeFolder(folder).catch((error: NodeJS.ErrnoException) => {
    throw unwritable(folder, error);
  });
  await writeWhole(file, content);
  return file;
}

async function download(address: string): Promise<Uint8Array> {
  const failed = (reason: string) =>
    new InputError(
      `--init ${address}: cannot be downloaded (${reason}); download it yourself and give the file`,
    );
  try {
    const response = await fetch(address);
    if (!response.ok) throw failed(`${response.status} ${response.statusText}`);
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    if (error instanceof InputError) throw error;
    const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException };
    throw failed(cause?.code ?? message);
  }
}

const hash = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex');
