// The checklists: every item is there once, and an answer is a fact of the run, the words of the card, or open.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { assess } from '../../evaluation/assess.js';
import type { Split } from '../../evaluation/prediction.js';
import { subgroups } from '../../evaluation/subgroups/index.js';
import { fitUncertainty } from '../../evaluation/uncertainty.js';
import { halfWidth } from '../../testing/japanese-page.js';
import { sampleRun } from '../../testing/sample-report.js';
import { CARD_FIELD_NAMES, type Card, cardSchema } from '../card.js';
import { LANGUAGES, type Language } from '../language.js';
import { renderReport } from '../render.js';
import type { RunReport } from '../report-data.js';
import { CHANGE_CONTROL } from './change-control.js';
import { CLAIM } from './claim.js';
import { FACTS, type FactName } from './facts.js';
import { answerOf, type Chapter, tally } from './item.js';
import { MODEL_CARD } from './model-card.js';
import { TRIPOD_AI } from './tripod-ai.js';

const items = (chapters: readonly Chapter[]) => chapters.flatMap((chapter) => chapter.items);
const numbers = (chapters: readonly Chapter[]) => items(chapters).map(({ number }) => number);

test('CLAIM 2024 has its 44 items in order', () => {
  assert.deepEqual(
    numbers(CLAIM),
    Array.from({ length: 44 }, (_, i) => `${i + 1}`),
  );
});

test('TRIPOD+AI has its 27 items with their parts', () => {
  const parts: Record<number, string> = {
    3: 'abc',
    5: 'ab',
    6: 'abc',
    8: 'abc',
    9: 'abc',
    12: 'abcdefg',
    18: 'abcdef',
    20: 'abc',
    23: 'ab',
    27: 'abc',
  };
  const expected = Array.from({ length: 27 }, (_, i) => i + 1).flatMap((n) =>
    parts[n] ? [...parts[n]].map((letter) => `${n}${letter}`) : [`${n}`],
  );
  assert.deepEqual(numbers(TRIPOD_AI), expected);
});

test('the model card has the nine headings of Mitchell et al.', () => {
  assert.deepEqual(
    MODEL_CARD.map(({ en }) => en),
    [
      'Model details',
      'Intended use',
      'Factors',
      'Metrics',
      'Evaluation data',
      'Training data',
      'Quantitative analyses',
      'Ethical considerations',
      'Caveats and recommendations',
    ],
  );
});

const ALL = [...MODEL_CARD, ...CHANGE_CONTROL, ...CLAIM, ...TRIPOD_AI];

/** A card that answers all. */
const fullCard = (): Card => {
  const card: Record<string, Record<string, string>> = {};
  for (const name of CARD_FIELD_NAMES) {
    const [section, field] = name.split('.');
    card[section] = { ...card[section], [field]: `words of ${name}` };
  }
  return cardSchema.parse(card);
};

test('every field of the card answers an item, and a full card leaves none open but what only use can show', () => {
  const asked = new Set(items(ALL).flatMap(({ card }) => card));
  assert.deepEqual(
    CARD_FIELD_NAMES.filter((name) => !asked.has(name)),
    [],
  );
  const run = { ...sampleRun('SEMISE', 0.6), card: fullCard() };
  assert.deepEqual(tally(CLAIM, run), { filled: 44, part: 0, open: 0 });
  assert.deepEqual(tally(TRIPOD_AI, run), { filled: 52, part: 0, open: 0 });
  const open = items(CHANGE_CONTROL).filter((one) => answerOf(one, run, 'en').status === 'open');
  assert.deepEqual(
    open.map(({ number }) => number),
    ['2.3'],
  );
});

test('the documentation lists every field of the card', async () => {
  const guide = await readFile(new URL('../../../../../docs/report.md', import.meta.url), 'utf8');
  const listed = [...guide.matchAll(/^\| `([a-z]+\.[A-Za-z]+)` \|/gm)].map(([, name]) => name);
  assert.deepEqual(listed, CARD_FIELD_NAMES);
});

test('nothing is invented: what a run does not know has no answer', () => {
  const whole = sampleRun('SEMISE', 0.6);
  const bare: RunReport = {
    ...whole,
    config: {},
    command: undefined,
    metrics: {},
    predictions: [],
    data: { ...whole.data, duplicates: undefined, sites: undefined, attributes: undefined },
    model: undefined,
  };
  const unknown: FactName[] = [
    ...(['technology', 'results', 'sites', 'attributes', 'budget', 'preprocessing'] as const),
    ...(['augmentation', 'duplicates', 'model', 'output', 'training', 'imbalance'] as const),
    ...(['selection', 'ensemble', 'metrics', 'uncertainty', 'failures', 'limits'] as const),
    ...(['predict', 'repeat', 'external', 'acceptance', 'explanation'] as const),
    ...(['calibrationMethod', 'workingPoint', 'calibrationResults', 'promises'] as const),
    ...(['subgroupMethod', 'subgroupResults', 'gaps'] as const),
  ];
  for (const language of LANGUAGES) {
    for (const name of unknown) assert.equal(FACTS[name](bare, language), null, name);
  }
  for (const one of items(ALL)) {
    for (const language of LANGUAGES) {
      const { status, known, said, open } = answerOf(one, bare, language);
      assert.equal(said.length, 0);
      assert.equal(status === 'open', known.length === 0);
      // Not known and not asked of anybody would be a hole.
      assert.ok(
        known.length + open.length > 0 || one.facts.every((fact) => unknown.includes(fact)),
      );
    }
  }
});

/** A run whose site B scores higher at equal grade, with all that it can say of uncertainty and groups. */
function toldRun(): RunReport {
  const run = sampleRun('SEMISE', 0.6);
  const attributes = new Map(
    run.predictions.map(({ image, subject }) => [
      image,
      { site: Number(subject.slice(1)) % 2 ? 'A' : 'B' },
    ]),
  );
  const shifted = run.predictions.map((p) =>
    attributes.get(p.image)!.site === 'B' ? { ...p, score: p.score + 1 } : p,
  );
  const of = (split: Split) => run.predictions.filter((p) => p.split === split);
  const found = fitUncertainty(of('validation'), { grades: 4, seed: 1, maxError: 0.5 });
  const fitted = { ...found, referral: { ...found.referral, threshold: 0.45 } };
  return {
    ...run,
    uncertainty: { fitted, test: assess(fitted, of('test'), { seed: 1, draws: 60 }) },
    subgroups: subgroups(shifted, attributes, { grades: 4, seed: 1, draws: 60 }),
  };
}

test('calibration, working point and groups answer TRIPOD+AI 12d, 15, 23a and 23b, CLAIM 29, 37 and 38', () => {
  const run = toldRun();
  const answers = (chapters: readonly Chapter[], number: string, language: Language = 'en') =>
    answerOf(items(chapters).find((one) => one.number === number)!, run, language).known.join(' ');
  const { test: measured, fitted } = run.uncertainty!;
  const { rps } = measured!.probabilities.calibrated;
  const told = `calibrated ${rps.value!.toFixed(3)} (${rps.ci95![0].toFixed(3)} to ${rps.ci95![1].toFixed(3)})`;
  const [a] = run.subgroups!.divisions[0].groups;
  const qwk = a.judged!.metrics.qwk.value!.toFixed(3);
  const gap = run.subgroups!.tests.find(({ aspect }) => aspect === 'score')!;
  assert.ok(gap.holm! < 0.05);
  const threshold = fitted.referral.threshold!.toFixed(2);
  assert.match(answers(TRIPOD_AI, '12d'), /Groups by site.* of 20 subjects or more/);
  assert.ok(answers(TRIPOD_AI, '15').includes(`gives at least ${threshold} to being right`));
  for (const part of [told, `QWK by group: site ${a.values[0]} (${a.subjects} subjects) ${qwk}`])
    assert.ok(answers(TRIPOD_AI, '23a').includes(part), part);
  const value = `${gap.value! > 0 ? '+' : '−'}${Math.abs(gap.value!).toFixed(2)}`;
  assert.match(answers(TRIPOD_AI, '23b'), /\d+ gaps? found among \d+ tests: site/);
  assert.ok(answers(TRIPOD_AI, '23b').includes(`score (SD) ${value}`));
  assert.match(answers(CLAIM, '29'), /Holm.*Threshold: an answer is kept/);
  assert.ok(answers(CLAIM, '37').includes(told));
  assert.ok(answers(CLAIM, '38').includes(qwk));
  assert.ok(answers(TRIPOD_AI, '23a', 'ja').includes(`群別の QWK：site ${a.values[0]}`));
  for (const name of Object.keys(FACTS) as FactName[]) {
    const [en, ja] = LANGUAGES.map((language) => FACTS[name](run, language));
    const figures = (text: string | null) => text?.match(/\d+\.\d+/g)?.sort();
    assert.deepEqual(figures(en), figures(ja), name);
  }
  assert.deepEqual(halfWidth(renderReport({ title: 'x', created: 'now', runs: [run] }, 'ja')), []);
});

test('facts quote the run: counts, hashes, settings, intervals', () => {
  const run = sampleRun('SEMISE', 0.6);
  const { qwk, n, subjects, confusion } = run.metrics.test!;
  const wrong = n - confusion.reduce((sum, row, y) => sum + row[y], 0);
  const say = (name: FactName) => FACTS[name](run, 'en') ?? '';
  assert.ok(
    say('results').includes(
      `QWK ${qwk.value!.toFixed(3)} (${qwk.ci95![0].toFixed(3)} to ${qwk.ci95![1].toFixed(3)})`,
    ),
  );
  assert.ok(say('results').includes(`${n} graded images of ${subjects} subjects`));
  assert.ok(say('failures').startsWith(`${wrong} of ${n} images`));
  assert.ok(say('model').includes(run.model!.sha256));
  assert.ok(say('dataFile').includes(run.data.fingerprint));
  assert.match(say('training'), /600 steps of 64 × 1 images, adamw, peak learning rate 0\.002/);
  assert.match(say('counts'), /^Training \d+ images of 150 subjects \(the grade of 40 was shown\)/);
  for (const name of Object.keys(FACTS) as FactName[]) {
    const [en, ja] = LANGUAGES.map((language) => FACTS[name](run, language));
    assert.equal(en === null, ja === null, name);
    if (ja !== null) assert.match(ja, /[\u3040-\u30ff\u4e00-\u9fff]/, name);
    // Both tell the same figures.
    const figures = (text: string | null) => text?.match(/\d+\.\d+/g)?.sort();
    assert.deepEqual(figures(en), figures(ja), name);
  }
});

test('words of the card stand in the report as text, in the language they were given in', () => {
  const run = sampleRun('SEMISE', 0.6);
  const card: Card = {
    study: { design: '<script>alert(1)</script> retrospective' },
    model: { name: { en: 'Fundus severity', ja: '眼底重症度モデル' } },
  };
  const data = { title: 'x', created: 'now', runs: [{ ...run, card }] };
  const [en, ja] = LANGUAGES.map((language) => renderReport(data, language));
  for (const html of [en, ja]) {
    assert.doesNotMatch(html, /<script/i);
    assert.ok(html.includes('&lt;script>alert(1)&lt;/script> retrospective'));
  }
  assert.ok(en.includes('Fundus severity') && !en.includes('眼底重症度モデル'));
  assert.ok(ja.includes('眼底重症度モデル') && !ja.includes('Fundus severity'));
  assert.match(en, /Open, to be filled in by the ethics office: committee and number/);
});
