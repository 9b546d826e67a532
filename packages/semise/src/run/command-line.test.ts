import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandLine } from './command-line.js';
import type { RunConfig } from './config.js';
import { trainingDefaults } from './defaults.js';

const config = (changes: Partial<RunConfig['training']> = {}): RunConfig => ({
  semise: '0',
  data: {
    file: '/d/labels.csv',
    fingerprint: '',
    comparisons: null,
    comparisonsFingerprint: null,
    fit: 'letterbox',
    labelBudget: 'all',
    skipBad: false,
    leakage: 'refuse',
  },
  init: null,
  frozen: null,
  training: {
    ...trainingDefaults({ data: '', out: '' }),
    channels: 1,
    grades: 3,
    pixels: { mean: [0], deviation: [1] },
    views: 'xray',
    ...changes,
  },
});

test('what is the default is left out', () => {
  const expected = 'semise train --data /d/labels.csv --seed 0 --method semise --out run';
  assert.equal(commandLine(config()), expected);
});

test('what is not is there, and a shell reads it back', () => {
  const changed = config({ steps: 7, views: 'skin', optimizer: 'sgd', learningRate: 0.1 });
  const data = {
    ...changed.data,
    file: "/d/Ann's scans/labels.csv",
    labelBudget: 5,
    skipBad: true,
    leakage: 'fix' as const,
  };
  assert.equal(
    commandLine({ ...changed, data, init: '/w.safetensors' }),
    "semise train --data '/d/Ann'\\''s scans/labels.csv' --label-budget 5 --seed 0 --method semise " +
      '--views skin --steps 7 --optimizer sgd --learning-rate 0.1 --init /w.safetensors --skip-bad ' +
      '--fix-leakage --out run',
  );
});

test('settings without an option of their own are set by name', () => {
  const { settings } = config().training;
  const changed = config({ settings: { ...settings, tau: 0.1, pseudoWeight: 0.5, mixup: true } });
  assert.equal(
    commandLine(changed),
    'semise train --data /d/labels.csv --seed 0 --method semise --tau 0.1 --set mixup=true ' +
      '--set pseudoWeight=0.5 --out run',
  );
});

test('shares of grades are told with the weight that they get', () => {
  const { settings } = trainingDefaults({
    ...{ data: '', out: '' },
    settings: { gradeShares: [70, 25, 5] },
  });
  assert.equal(
    commandLine(config({ settings })),
    'semise train --data /d/labels.csv --seed 0 --method semise --set priorWeight=0.5 ' +
      '--set gradeShares=70,25,5 --out run',
  );
});

test('settings that a method brings along are left out', () => {
  const method = 'supervised-weighted';
  const { settings } = trainingDefaults({ data: '', out: '', method });
  assert.equal(
    commandLine(config({ method, settings })),
    'semise train --data /d/labels.csv --seed 0 --method supervised-weighted --out run',
  );
});
