// Whether the probabilities can be taken at their word, before and after calibration.

import type { VNode } from 'preact';
import { FEWEST_SUBJECTS, isTaken, type Trial } from '../../evaluation/calibration/choice.js';
import type { Estimate } from '../../evaluation/evaluate.js';
import { Chart } from '../charts/chart.js';
import { reliability } from '../charts/reliability.js';
import { count, decimal, interval, signed } from '../format.js';
import { texts, useLanguage } from '../language.js';
import { Figure, Figures, Section, Table } from '../layout.js';
import type { RunReport } from '../report-data.js';

type Told = NonNullable<RunReport['uncertainty']>;

const useTexts = texts({
  en: {
    title: 'Calibration of the probabilities',
    lead: 'Of the images where the model says 80 %, 80 % should be right. Calibration was fitted on the validation split; what it did is measured here on test, which it has not seen.',
    fitted: (images: string, subjects: string) =>
      `Fitted on ${images} graded validation images of ${subjects} subjects.`,
    method: {
      none: 'The probabilities were left as the model gives them.',
      temperature: (t: string) =>
        `Temperature scaling with T = ${t} (above 1: the model was too sure; below 1: not sure enough).`,
      isotonic: 'Isotonic curves, one for each threshold between grades.',
    },
    chosen: (none: string, temperature: string, isotonic: string) =>
      `On validation subjects left out, five folds, the ranked probability score was ${none} as they are, ${temperature} by temperature, ${isotonic} by isotonic curves.`,
    rule: 'The less simple is taken only where its gain is above one standard error by subjects: ',
    methods: { none: 'as they are', temperature: 'temperature', isotonic: 'isotonic' },
    trial: (to: string, from: string, gains: string, taken: boolean) =>
      `${to} over ${from} gains ${gains}: ${taken ? 'taken' : 'not taken'}`,
    scores: { logLoss: 'log loss', brier: 'Brier score', rps: 'RPS' },
    gain: (score: string, mean: string, error: string) => `${mean} ± ${error} in ${score}`,
    and: ' and ',
    next: '; ',
    stop: '.',
    few: `Fewer than ${FEWEST_SUBJECTS} validation subjects: too few to fit anything.`,
    noTest: 'There is no graded test image to measure it on.',
    diagram: (name: string, images: string) =>
      `Reliability of the predicted grade: ${name} (test, ${images} images)`,
    diagramLabel: (points: string) =>
      `Reliability diagram, calibrated: mean probability said and share right by bin: ${points}`,
    said: 'probability of the predicted grade',
    right: 'share right',
    diagonal: 'perfect',
    raw: 'as the model gives them',
    calibrated: 'calibrated',
    explained:
      'Points hold about equally many images. Bars: 95 % Wilson intervals, images taken as independent. Below the diagonal the model is too sure, above it not sure enough.',
    caption: 'On test, with 95 % intervals by subjects',
    metric: 'Metric',
    metrics: {
      rps: ['RPS', 'proper score of ordered grades; 0 is perfect'],
      brier: ['Brier score', 'proper score of single grades; 0 perfect, 2 worst'],
      eceDebiased: [
        'Calibration error, debiased',
        'root mean square over bins, without what chance adds; 0 is perfect',
      ],
      ece: ['ECE', '15 bins; above 0 by chance alone, more so with few images'],
    },
    meaning: 'Meaning',
    change: (value: string, range: string) =>
      `RPS changed by ${value} (${range}); below 0 is better.`,
    thresholds: 'Debiased calibration error of “worse than k?”',
    byThreshold: 'On test; 0 is perfect',
    threshold: 'Question',
    worse: (k: number) => `worse than ${k}?`,
    share: 'true for',
  },
  ja: {
    title: '確率の較正（キャリブレーション）',
    lead: 'モデルが「80%」と示した画像のうち、実際に 80% が正しければ、その確率は信頼できます。較正は検証データで行い、その効果は、較正に用いていないテストデータで測定しています。',
    fitted: (images, subjects) =>
      `検証データのグレード付き画像 ${images} 枚（対象者 ${subjects} 名）を用いて較正しました。`,
    method: {
      none: '確率はモデルの出力のまま使用しています。',
      temperature: (t) =>
        `温度スケーリング（T = ${t}）を用いました。T が 1 より大きい場合はモデルが自信過剰、1 より小さい場合は自信不足であったことを示します。`,
      isotonic: 'グレードの境界ごとに単調回帰（isotonic regression）を用いました。',
    },
    chosen: (none, temperature, isotonic) =>
      `検証データ内で行った対象者単位の 5 分割交差検証での順位確率スコア（RPS）は、較正なし ${none}、温度スケーリング ${temperature}、単調回帰 ${isotonic} でした。`,
    rule: '複雑な方法は、改善が対象者単位の標準誤差を超える場合にのみ採用します：',
    methods: { none: '較正なし', temperature: '温度スケーリング', isotonic: '単調回帰' },
    trial: (to, from, gains, taken) =>
      `${from}に対する${to}の改善は ${gains} のため${taken ? '採用' : '不採用'}`,
    scores: { logLoss: '対数損失', brier: 'ブライアスコア', rps: 'RPS' },
    gain: (score, mean, error) => `${score} ${mean} ± ${error}`,
    and: '、',
    next: '。',
    stop: '。',
    few: `検証データの対象者が ${FEWEST_SUBJECTS} 名未満のため、較正は行っていません。`,
    noTest: 'グレード付きのテスト画像がないため、効果は測定していません。',
    diagram: (name, images) => `予測グレードの信頼度曲線：${name}（テスト、${images} 枚）`,
    diagramLabel: (points) =>
      `信頼度曲線（較正後）。区分ごとの平均予測確率と実際の正解率：${points}`,
    said: '予測グレードの確率',
    right: '実際の正解率',
    diagonal: '理想',
    raw: '較正前',
    calibrated: '較正後',
    explained:
      '各点にはほぼ同数の画像が含まれます。縦線は Wilson の 95% 信頼区間です（画像を互いに独立とみなしています）。対角線より下は自信過剰、上は自信不足を示します。',
    caption: 'テストデータでの値（対象者単位の 95% 信頼区間）',
    metric: '指標',
    metrics: {
      rps: ['RPS', '順序のあるグレードに対する適正スコア。0 が最良'],
      brier: ['ブライアスコア', '各グレードに対する適正スコア。0 が最良、2 が最悪'],
      eceDebiased: [
        '較正誤差（偏り補正後）',
        '区分ごとの二乗平均平方根。偶然による増分を除いた値。0 が最良',
      ],
      ece: ['ECE', '15 区分。偶然だけでも 0 より大きくなり、画像が少ないほど大きくなる'],
    },
    meaning: '意味',
    change: (value, range) => `RPS の変化：${value}（${range}）。負の値は改善を示します。`,
    thresholds: '「グレード k より重いか」という問いの較正誤差（偏り補正後）',
    byThreshold: 'テストデータでの値。0 が最良',
    threshold: '問い',
    worse: (k) => `${k} より重いか`,
    share: '該当割合',
  },
});

export function CalibrationSection({ runs }: { runs: readonly RunReport[] }): VNode | null {
  const t = useTexts();
  const told = runs.flatMap(({ name, uncertainty }) =>
    uncertainty ? [{ name, uncertainty }] : [],
  );
  if (told.length === 0) return null;
  return (
    <Section id="calibration" title={t.title} lead={t.lead}>
      {told.map(({ name, uncertainty }, i) => (
        <>
          {told.length > 1 && <h3>{name}</h3>}
          <Fitted {...uncertainty} />
          {uncertainty.test ? (
            <Measured name={name} id={`reliability-${i}`} test={uncertainty.test} />
          ) : (
            <p>{t.noTest}</p>
          )}
        </>
      ))}
    </Section>
  );
}

function Fitted({ fitted: { images, subjects, probabilities } }: Told): VNode {
  const t = useTexts();
  const { calibrator, rps, trials = [] } = probabilities;
  const { method } = calibrator;
  const trial = ({ from, to, gains }: Trial) =>
    t.trial(
      t.methods[to],
      t.methods[from],
      gains
        .map(({ score, mean, error }) => t.gain(t.scores[score], fine(mean), decimal(error, 4)))
        .join(t.and),
      isTaken(gains),
    );
  return (
    <p>
      {t.fitted(count(images), count(subjects))}{' '}
      {method === 'temperature'
        ? t.method.temperature(decimal(calibrator.temperature, 2))
        : t.method[method]}{' '}
      {rps
        ? t.chosen(decimal(rps.none, 4), decimal(rps.temperature, 4), decimal(rps.isotonic, 4))
        : t.few}{' '}
      {trials.length > 0 && t.rule + trials.map(trial).join(t.next) + t.stop}
    </p>
  );
}

/** A change of RPS, which is small even where it matters. */
const fine = (value: number | null): string => signed(value, 4);

function Measured({
  name,
  id,
  test,
}: {
  name: string;
  id: string;
  test: NonNullable<Told['test']>;
}): VNode {
  const t = useTexts();
  const language = useLanguage();
  const { raw, calibrated, change } = test.probabilities;
  const points = test.reliability.calibrated.map(
    ({ predicted, observed }) => `${decimal(predicted, 2)}: ${decimal(observed, 2)}`,
  );
  const cell = ({ value, ci95 }: Estimate) => (
    <>
      {decimal(value)} {ci95 && <small>{interval(ci95, language)}</small>}
    </>
  );
  return (
    <>
      <Figures>
        <Figure title={t.diagram(name, count(test.images))}>
          <Chart
            id={id}
            label={t.diagramLabel(points.join(', '))}
            option={reliability(
              [
                { name: t.raw, bins: test.reliability.raw, dotted: true },
                { name: t.calibrated, bins: test.reliability.calibrated },
              ],
              t,
            )}
          />
          <p class="note">{t.explained}</p>
        </Figure>
        <Figure title={t.thresholds}>
          <Table
            caption={t.byThreshold}
            head={[t.threshold, t.share, t.raw, t.calibrated]}
            rows={test.thresholds.map(({ share, raw, calibrated }, k) => [
              t.worse(k),
              `${Math.round(100 * share)} %`,
              decimal(raw),
              decimal(calibrated),
            ])}
          />
        </Figure>
      </Figures>
      <Table
        caption={t.caption}
        words={2}
        head={[t.metric, t.meaning, t.raw, t.calibrated]}
        rows={(['rps', 'brier', 'eceDebiased', 'ece'] as const).map((metric) => [
          t.metrics[metric][0],
          <span class="note">{t.metrics[metric][1]}</span>,
          cell(raw[metric]),
          cell(calibrated[metric]),
        ])}
      />
      <p>{t.change(fine(change.value), interval(change.ci95, language, fine))}</p>
    </>
  );
}
