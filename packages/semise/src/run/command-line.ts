// The command line that repeats a run: every choice that is not the default.

import type { MethodSettings } from '../methods/index.js';
import type { EncoderName } from '../models/index.js';
import type { RunConfig } from './config.js';
import { defaultViews, OWN_OPTION, trainingDefaults } from './defaults.js';

/** What a shell takes. */
export function commandLine({ training: t, data, init, frozen }: RunConfig): string {
  const { encoder, optimizer } = t;
  const network = frozen ? ('x.onnx' as const) : (encoder as EncoderName);
  const usual = trainingDefaults({ data: '', out: '', encoder: network, optimizer });
  const plain = trainingDefaults({ data: '', out: '', method: t.method });
  const chosen: [flag: string, value: string | number | null, usual?: unknown][] = [
    ['data', data.file],
    ['comparisons', data.comparisons],
    ['label-budget', data.labelBudget, 'all'],
    ['seed', t.seed],
    ['method', t.method],
    ['encoder', frozen?.file ?? encoder, plain.encoder],
    ['image-size', t.imageSize, usual.imageSize],
    ['fit', data.fit, 'letterbox'],
    ['views', t.views, defaultViews(t.channels)],
    ['view-strength', t.viewStrength, usual.viewStrength],
    ['steps', t.steps, usual.steps],
    ['batch', t.batch, usual.batch],
    ['accumulate', t.accumulate, usual.accumulate],
    ['optimizer', optimizer, plain.optimizer],
    ['learning-rate', t.learningRate, usual.learningRate],
    ['init', init],
    ['alpha', t.settings.alpha, usual.settings.alpha],
    ['tau', t.settings.tau, usual.settings.tau],
    ['margin', t.settings.margin, usual.settings.margin],
    ['temperature', t.settings.temperature, usual.settings.temperature],
    ['provider', t.provider, usual.provider],
    ['threads', t.threads],
  ];
  const given = chosen.filter(([, value, usual]) => value !== null && value !== usual);
  const options = given.map(([flag, value]) => `--${flag} ${quoted(`${value}`)}`);
  for (const [name, value] of Object.entries(t.settings)) {
    const before = plain.settings[name as keyof MethodSettings];
    if (!OWN_OPTION.includes(name) && value !== before) options.push(`--set ${name}=${value}`);
  }
  if (data.skipBad) options.push('--skip-bad');
  if (data.leakage !== 'refuse') options.push(`--${data.leakage}-leakage`);
  return `semise train ${options.join(' ')} --out run`;
}

/** As a POSIX shell reads it back. */
const quoted = (word: string): string =>
  /^[\w./:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
