import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidArgumentError } from 'commander';
import {
  budget,
  encoder,
  positiveInteger,
  positiveNumber,
  setting,
  share,
  wholeNumber,
} from './parse.js';

const cases: [(text: string) => unknown, Record<string, unknown>, string[]][] = [
  [wholeNumber, { '0': 0, '17': 17 }, ['', ' ', '-1', '1.5', '1e3', '0x10', 'one', '9'.repeat(20)]],
  [positiveInteger, { '1': 1, '600': 600 }, ['0', '00', '-2', '2.', 'all']],
  [positiveNumber, { '0.5': 0.5, '1e-3': 0.001 }, ['', '0', '-1', 'Infinity', 'NaN', 'x']],
  [share, { '0': 0, '0.25': 0.25, '1': 1 }, ['', '-0.1', '1.01', 'half']],
  [
    encoder,
    { small: 'small', resnet50: 'resnet50', 'a/b.onnx': 'a/b.onnx' },
    ['', 'onnx', 'large'],
  ],
  [budget, { all: 'all', '10': 10 }, ['0', '-1', '2.5', 'ALL', '']],
];
for (const [parse, good, bad] of cases) {
  test(`${parse.name} takes ${Object.keys(good).join(', ')} and refuses ${bad.join(', ')}`, () => {
    for (const [text, value] of Object.entries(good)) assert.equal(parse(text), value);
    for (const text of bad) assert.throws(() => parse(text), InvalidArgumentError, `"${text}"`);
  });
}

test('settings are numbers, words or yes and no, each checked and added to those before', () => {
  const first = setting('pseudoWeight=0.5');
  const second = setting('anchor = sampled', first);
  assert.deepEqual(setting('mixup=true', second), {
    pseudoWeight: 0.5,
    anchor: 'sampled',
    mixup: true,
  });
  assert.deepEqual(setting('gradeShares = 70, 25,5'), { gradeShares: [70, 25, 5] });
  const bad: Record<string, RegExp> = {
    'gradeShares=70,25,0': /every grade needs a share above 0/,
    'gradeShares=70,,5': /number/,
    'gradeShares=70': /array/,
    'pseudoWeight=1,2': /number/,
    pseudoWeight: /name=value/,
    'pseudoWeight=-1': /0/,
    'pseudoWeight=': /number/,
    'pseudoWeight=much': /number/,
    'mixup=1': /boolean/,
    'anchor=mean': /average/,
    'nothing=1': /no setting nothing; there are alpha, tau/,
  };
  for (const [text, message] of Object.entries(bad)) {
    assert.throws(
      () => setting(text),
      (error) => error instanceof InvalidArgumentError && message.test(error.message),
      text,
    );
  }
});
