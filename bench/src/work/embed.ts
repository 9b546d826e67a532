// Embedding image files: the path of `semise embed` from JPEG files to a table of features, without
// the start of the process. The run is made here, of a network with random weights.

import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { input } from '@semise/autograd';
import {
  ENCODERS,
  embeddingTable,
  exportOnnx,
  openRun,
  RUN_FILES,
  type RunConfig,
  rootScope,
  softmaxHead,
  trainingDefaults,
} from 'semise';
import type { Case } from '../cases.js';
import { forwardFlops, weightCount } from '../graph.js';
import { jpegFolder } from '../jpegs.js';
import type { Prepare } from './work.js';

export const embed: Prepare = async (c, _engine, folder) => {
  const start = performance.now();
  const own = await mkdtemp(join(folder, 'run-'));
  const logits = await writeRun(c, own);
  const run = await openRun(own);
  const buildMs = performance.now() - start;
  const jpegs = jpegFolder(folder);
  const files = (await readdir(jpegs)).map((name) => join(jpegs, name));
  return {
    step: async () => {
      const answers = await run.predict(files);
      await writeFile(join(own, 'embeddings.csv'), embeddingTable(answers));
      return answers[0].score;
    },
    parameters: weightCount([logits]),
    flops: files.length * forwardFlops([logits]),
    buildMs,
    close: () => run.close(),
  };
};

/** What `embed` needs of a finished run. @returns the logits of one image */
async function writeRun(c: Case, folder: string) {
  const training: RunConfig['training'] = {
    ...trainingDefaults({ data: '', out: '', encoder: c.network, method: 'supervised' }),
    imageSize: c.size,
    channels: 3,
    grades: c.classes,
    views: 'fundus',
    pixels: { mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25] },
  };
  const config: RunConfig = {
    semise: 'bench',
    data: {
      file: 'labels.csv',
      fingerprint: '',
      comparisons: null,
      comparisonsFingerprint: null,
      fit: 'stretch',
      labelBudget: 'all',
      skipBad: false,
      leakage: 'allow',
    },
    init: null,
    frozen: null,
    training,
  };
  const scope = rootScope({ seed: 1, training: false });
  const images = input('image', [1, 3, c.size, c.size]);
  const { features } = ENCODERS[c.network](scope.within('encoder'), images);
  const logits = softmaxHead(scope, features, c.classes);
  const weights = new Map(
    [...scope.weights, ...scope.statistics].map(({ name, shape, initial }) => [
      name,
      { shape, data: initial },
    ]),
  );
  await writeFile(join(folder, RUN_FILES.config), JSON.stringify(config));
  await writeFile(
    join(folder, RUN_FILES.model),
    exportOnnx({ config: training, answer: 'softmax', weights }, {}),
  );
  return logits;
}
