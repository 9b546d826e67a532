// What a run knows of itself, a sentence a fact, for the model card, the checklists and the change-control
// page. A fact that the run does not know is null, and never guessed.

import { METRICS } from '../../evaluation/measure.js';
import { evaluated } from '../evaluated.js';
import { count, counted, decimal, duration, inBrackets, interval, listed } from '../format.js';
import type { Language } from '../language.js';
import { methodIn } from '../method-summaries.js';
import { useMetricLabels } from '../metric-labels.js';
import type { RunReport } from '../report-data.js';
import { useSplitNames } from '../split-names.js';
import { type Fact, fact } from './fact.js';
import { SUBGROUP_FACTS } from './subgroup-facts.js';
import { UNCERTAINTY_FACTS } from './uncertainty-facts.js';

/** A setting of the configuration, as a table would show it; null where the run does not name it. */
function setting(run: RunReport, name: string): string | null {
  const value = run.config[name];
  return value === undefined || value === null || typeof value === 'object' ? null : String(value);
}

function settings<N extends string>(run: RunReport, names: readonly N[]): Record<N, string> | null {
  const values = names.map((name) => [name, setting(run, name)] as const);
  return values.some(([, value]) => value === null)
    ? null
    : (Object.fromEntries(values) as Record<N, string>);
}

/** Whether the encoder is ours; one from elsewhere has its own preprocessing, and sees no random views. */
const trained = (run: RunReport): boolean => setting(run, 'encoder') !== 'onnx';

const KEY_METRICS = ['macroF1', 'qwk', 'spearman', 'auroc'] as const;

/** `QWK 0.71 (0.65 to 0.77)`, as far as defined. */
function keyFigures(run: RunReport, language: Language) {
  const one = evaluated(run);
  if (!one) return null;
  const labels = useMetricLabels.in(language);
  const figures = KEY_METRICS.filter((name) => one.metrics[name].value !== null).map((name) => {
    const { value, ci95 } = one.metrics[name];
    return `${labels[name].label} ${decimal(value)}${inBrackets(interval(ci95, language), language)}`;
  });
  return {
    figures: listed(figures, language),
    split: useSplitNames.in(language)[one.split],
    images: one.metrics.n,
    subjects: one.metrics.subjects,
  };
}

/** Images of a split: all, and those whose grade is known. */
function inSplit({ data }: RunReport, split: 'train' | 'validation' | 'test') {
  const rows = data.counts.filter((row) => row.split === split);
  const sum = (of: readonly { images: number }[]) => of.reduce((n, { images }) => n + images, 0);
  return {
    images: sum(rows),
    withGrade: sum(rows.filter(({ grade }) => grade !== null)),
    shown: rows.reduce((n, { graded }) => n + graded, 0),
    subjects: data.subjects[split],
  };
}

const splits = (run: RunReport) => ({
  train: inSplit(run, 'train'),
  validation: inSplit(run, 'validation'),
  test: inSplit(run, 'test'),
});

export const FACTS = {
  technology: fact(
    (run, language) => {
      const known = settings(run, ['encoder', 'grades']);
      return known && { ...known, method: methodIn(run.method, language) };
    },
    {
      en: ({ encoder, grades, method }) =>
        `Deep learning: a neural network (encoder “${encoder}”) that gives an image one of ${grades} ordered severity grades and a severity score. Training: ${method}.`,
      ja: ({ encoder, grades, method }) =>
        `深層学習。画像に ${grades} 段階の順序付き重症度グレードと重症度スコアを与えるニューラルネットワーク（エンコーダー「${encoder}」）。学習方法：${method}。`,
    },
  ),
  results: fact(keyFigures, {
    en: ({ figures, split, images, subjects }) =>
      `${figures}; 95 % intervals; ${split} split, ${counted(images, 'graded image')} of ${counted(subjects, 'subject')}.`,
    ja: ({ figures, split, images, subjects }) =>
      `${figures}。括弧内は 95% 信頼区間。${split}データのグレード付き画像 ${count(images)} 枚（対象者 ${count(subjects)} 名）。`,
  }),
  dataFile: fact(({ data }) => data, {
    en: ({ file, fingerprint }) => `Table of images: ${file}, SHA-256 ${fingerprint}.`,
    ja: ({ file, fingerprint }) => `画像一覧表：${file}、SHA-256 ${fingerprint}。`,
  }),
  sites: fact(({ data }) => (data.sites && data.sites.length > 0 ? data.sites : null), {
    en: (sites) =>
      `Sites named in the table: ${sites.map((s) => `${s.site} (${counted(s.images, 'image')} of ${counted(s.subjects, 'subject')})`).join(', ')}.`,
    ja: (sites) =>
      `一覧表に記載の施設：${sites.map((s) => `${s.site}（画像 ${count(s.images)} 枚、対象者 ${count(s.subjects)} 名）`).join('、')}。`,
  }),
  attributes: fact(
    ({ data }) => (data.attributes && data.attributes.length > 0 ? data.attributes : null),
    {
      en: (names) => `Attributes in the table: ${names.join(', ')}.`,
      ja: (names) => `一覧表に記載の属性：${names.join('、')}。`,
    },
  ),
  counts: fact(splits, {
    en: ({ train, validation, test }) =>
      `Training ${counted(train.images, 'image')} of ${counted(train.subjects, 'subject')} (the grade of ${count(train.shown)} was shown), validation ${counted(validation.images, 'image')} of ${counted(validation.subjects, 'subject')}, test ${counted(test.images, 'image')} of ${counted(test.subjects, 'subject')}; by grade in the section Data.`,
    ja: ({ train, validation, test }) =>
      `学習：画像 ${count(train.images)} 枚、対象者 ${count(train.subjects)} 名（うちグレード使用 ${count(train.shown)} 枚）。検証：画像 ${count(validation.images)} 枚、対象者 ${count(validation.subjects)} 名。テスト：画像 ${count(test.images)} 枚、対象者 ${count(test.subjects)} 名。グレード別の内訳は「データ」の節に記載。`,
  }),
  trainingData: fact((run) => inSplit(run, 'train'), {
    en: ({ images, subjects, shown }) =>
      `${counted(images, 'image')} of ${counted(subjects, 'subject')}; training saw the grade of ${count(shown)} of them.`,
    ja: ({ images, subjects, shown }) =>
      `画像 ${count(images)} 枚、対象者 ${count(subjects)} 名。うち学習にグレードを使用した画像 ${count(shown)} 枚。`,
  }),
  evaluationData: fact((run) => inSplit(run, 'test'), {
    en: ({ images, withGrade, subjects }) =>
      `Internal test split: ${counted(images, 'image')} of ${counted(subjects, 'subject')}, ${count(withGrade)} of the images graded.`,
    ja: ({ images, withGrade, subjects }) =>
      `内部テストデータ：画像 ${count(images)} 枚、対象者 ${count(subjects)} 名、うちグレード付き ${count(withGrade)} 枚。`,
  }),
  excluded: fact(({ data }) => data.skipped.length, {
    en: (n) =>
      `${counted(n, 'image')} left out because the file could not be read${n > 0 ? ' (listed in the section Data)' : ''}; training left out nothing else.`,
    ja: (n) =>
      `ファイルを読み込めず除外した画像：${count(n)} 枚${n > 0 ? '（「データ」の節に記載）' : ''}。それ以外に学習時に除外した画像はありません。`,
  }),
  budget: fact((run) => setting(run, 'labelBudget'), {
    en: (budget) =>
      budget === 'all'
        ? 'All grades of the training split were used.'
        : `Of each grade, ${budget} training images showed their grade to training, drawn at random by the seed.`,
    ja: (budget) =>
      budget === 'all'
        ? '学習データの全てのグレードを使用。'
        : `グレードごとに ${budget} 枚を乱数シードにより無作為に選び、そのグレードのみを学習に使用。`,
  }),
  missingGrades: fact((run) => inSplit(run, 'train'), {
    en: ({ images, withGrade }) =>
      `${count(images - withGrade)} training images have no grade; no grade was filled in for them.`,
    ja: ({ images, withGrade }) =>
      `学習データのうちグレードのない画像：${count(images - withGrade)} 枚。グレードの補完はしていません。`,
  }),
  preprocessing: fact(
    (run) => (trained(run) ? settings(run, ['imageSize', 'fit', 'channels']) : null),
    {
      en: ({ imageSize, fit, channels }) =>
        `Every image is brought to ${imageSize} × ${imageSize} pixels (${fit}), ${channels === '1' ? 'grey' : 'RGB'}, 8 bits, and standardised by the mean and deviation of the training pixels; the same for all images, inside model.onnx from the pixels on.`,
      ja: ({ imageSize, fit, channels }) =>
        `全画像を ${imageSize} × ${imageSize} 画素（${fit}）、${channels === '1' ? 'グレースケール' : 'RGB'}、8 ビットに変換し、学習データの画素の平均と標準偏差で標準化。全画像に同一の処理を適用し、画素以降の処理は model.onnx に含まれます。`,
    },
  ),
  augmentation: fact((run) => (trained(run) ? settings(run, ['views', 'viewStrength']) : null), {
    en: ({ views, viewStrength }) =>
      `Random views in training: preset ${views}, strength ${viewStrength}; none when grading.`,
    ja: ({ views, viewStrength }) =>
      `学習時のランダムな画像変換：プリセット ${views}、強度 ${viewStrength}。判定時には適用しません。`,
  }),
  partition: fact((run) => ({ seed: run.seed }), {
    en: ({ seed }) =>
      `By subject: as the column “split” of the table says, where it does; otherwise at random by seed ${seed}, stratified by the subject's highest grade (60 % training, 15 % validation, 25 % test of the graded subjects; subjects without a grade are trained on).`,
    ja: ({ seed }) =>
      `対象者単位で分割。一覧表の split 列に指定があればそれに従い、なければ乱数シード ${seed} により、対象者の最高グレードで層別して無作為に分割（グレード付き対象者の 60% を学習、15% を検証、25% をテスト。グレードのない対象者は学習に使用）。`,
  }),
  disjoint: fact(({ data }) => data.subjects, {
    en: ({ inMoreThanOne }) =>
      inMoreThanOne === 0
        ? 'Subject level: no subject is in more than one split.'
        : `Violated: ${counted(inMoreThanOne, 'subject')} in more than one split.`,
    ja: ({ inMoreThanOne }) =>
      inMoreThanOne === 0
        ? '対象者単位。複数の分割に含まれる対象者はいません。'
        : `分割が守られていません。複数の分割に含まれる対象者：${count(inMoreThanOne)} 名。`,
  }),
  duplicates: fact(({ data }) => data.duplicates ?? null, {
    en: (d) =>
      d.checked
        ? `${counted(d.pictures, 'picture')} compared before training: ${counted(d.groups, 'group')} alike, ${count(d.acrossSplits)} in more than one split at first, ${counted(d.moved, 'picture')} moved, ${count(d.left)} in more than one split now.`
        : 'The search for the same picture in two splits was skipped (--allow-leakage).',
    ja: (d) =>
      d.checked
        ? `学習前に画像 ${count(d.pictures)} 枚を照合。同一またはほぼ同一の画像 ${count(d.groups)} 組、うち当初複数の分割に含まれていた組 ${count(d.acrossSplits)}、移動した画像 ${count(d.moved)} 枚、現在複数の分割に含まれる組 ${count(d.left)}。`
        : '分割間の同一画像の照合は省略されました（--allow-leakage）。',
  }),
  model: fact((run) => run.model ?? null, {
    en: ({ file, sha256, parameters, input }) =>
      `${file}, SHA-256 ${sha256}; ${count(parameters)} learned numbers; input ${input}; outputs: probability of each grade, grade, severity score, embedding.`,
    ja: ({ file, sha256, parameters, input }) =>
      `${file}、SHA-256 ${sha256}。学習パラメーター数 ${count(parameters)}。入力：${input}。出力：各グレードの確率、グレード、重症度スコア、特徴ベクトル。`,
  }),
  output: fact((run) => settings(run, ['grades', 'method']), {
    en: ({ grades }) =>
      `Probabilities of ${grades} grades, one grade, and a severity score without unit (larger is worse). What turns the network's answer into a grade was learned from graded training images alone, never from validation or test.`,
    ja: ({ grades }) =>
      `${grades} 段階のグレードの確率、グレード、および単位のない重症度スコア（大きいほど重症）。グレードの決め方はグレード付きの学習画像のみから学習し、検証・テストデータは使用していません。`,
  }),
  software: fact(({ environment }) => environment, {
    en: ({ semise, node, runtime, cpu, provider }) =>
      `semise ${semise}, Node ${node}${runtime ? `, ONNX Runtime ${runtime}` : ''}; ${cpu}, execution provider ${provider}.`,
    ja: ({ semise, node, runtime, cpu, provider }) =>
      `semise ${semise}、Node ${node}${runtime ? `、ONNX Runtime ${runtime}` : ''}。計算機：${cpu}、実行プロバイダー ${provider}。`,
  }),
  initialisation: fact(
    (run) => ({ init: setting(run, 'init'), encoder: setting(run, 'encoder'), seed: run.seed }),
    {
      en: ({ init, encoder, seed }) =>
        encoder === 'onnx'
          ? `The encoder came trained and was not changed; the rest at random by seed ${seed}.`
          : init
            ? `Encoder from ${init}; the rest at random by seed ${seed}.`
            : `At random by seed ${seed}; no pretrained weights.`,
      ja: ({ init, encoder, seed }) =>
        encoder === 'onnx'
          ? `エンコーダーは学習済みのものを変更せずに使用。その他は乱数シード ${seed} による乱数。`
          : init
            ? `エンコーダーは ${init} から開始。その他は乱数シード ${seed} による乱数。`
            : `乱数シード ${seed} による乱数。事前学習済みの重みは使用していません。`,
    },
  ),
  training: fact(
    (run, language) => {
      const known = settings(run, [
        'steps',
        'batch',
        'accumulate',
        'optimizer',
        'learningRate',
        'weightDecay',
      ]);
      return known && { ...known, took: duration(run.timings.seconds, language) };
    },
    {
      en: (k) =>
        `One model: ${k.steps} steps of ${k.batch} × ${k.accumulate} images, ${k.optimizer}, peak learning rate ${k.learningRate}, weight decay ${k.weightDecay}; ${k.took}. Every setting is in the section Configuration.`,
      ja: (k) =>
        `1 モデル：${k.batch} × ${k.accumulate} 枚を ${k.steps} ステップ、最適化手法 ${k.optimizer}、最大学習率 ${k.learningRate}、重み減衰 ${k.weightDecay}、所要時間 ${k.took}。全設定は「設定」の節に記載。`,
    },
  ),
  imbalance: fact(
    ({ config }) => {
      const { sampling } = (config.settings ?? {}) as { sampling?: unknown };
      return sampling === 'balanced' || sampling === 'natural' ? sampling : null;
    },
    {
      en: (sampling) =>
        sampling === 'balanced'
          ? 'Graded images were drawn so that every grade came equally often in training; the predicted probabilities therefore know nothing of how frequent grades are.'
          : 'Graded images were drawn as often as they come; no balancing.',
      ja: (sampling) =>
        sampling === 'balanced'
          ? '学習では各グレードが同じ頻度で現れるようにグレード付き画像を抽出。このため予測確率には実際のグレードの頻度は反映されません。'
          : 'グレード付き画像は実際の頻度のまま抽出し、均衡化は行っていません。',
    },
  ),
  selection: fact((run) => settings(run, ['steps', 'averageDecay']), {
    en: ({ steps, averageDecay }) =>
      `The weights after the last step (${steps}), as their moving average (decay ${averageDecay}). No weights were chosen by the validation or test split.`,
    ja: ({ steps, averageDecay }) =>
      `最終ステップ（${steps}）の重みの移動平均（減衰率 ${averageDecay}）。検証・テストデータによる重みの選択は行っていません。`,
  }),
  ensemble: fact((run) => setting(run, 'averageDecay'), {
    en: () =>
      'No ensemble of models: one network answers, with the moving average of its own weights; how its heads are read is in the section Configuration (answer).',
    ja: () =>
      '複数モデルのアンサンブルはありません。1 つのネットワークが、自身の重みの移動平均を用いて判定します。出力層の読み取り方は「設定」の節（answer）に記載。',
  }),
  metrics: fact(
    (run, language) =>
      evaluated(run)
        ? listed(
            METRICS.map((name) => useMetricLabels.in(language)[name].label),
            language,
          )
        : null,
    {
      en: (names) => `${names}; their meaning and direction are in the section All metrics.`,
      ja: (names) => `${names}。意味と向きは「全評価指標」の節に記載。`,
    },
  ),
  uncertainty: fact((run) => (evaluated(run) ? run.seed : null), {
    en: (seed) =>
      `95 % score intervals by a bootstrap of 1,000 draws of whole subjects, seed ${seed}.`,
    ja: (seed) =>
      `対象者単位のブートストラップ法（1,000 回、スコア法、乱数シード ${seed}）による 95% 信頼区間。`,
  }),
  failures: fact(
    (run) => {
      const one = evaluated(run);
      if (!one) return null;
      const { confusion, n } = one.metrics;
      const off = (least: number) =>
        confusion.reduce(
          (sum, row, y) =>
            sum + row.reduce((s, images, k) => s + (Math.abs(y - k) >= least ? images : 0), 0),
          0,
        );
      return { n, wrong: off(1), far: off(2) };
    },
    {
      en: ({ n, wrong, far }) =>
        `${count(wrong)} of ${count(n)} images were graded otherwise than by the expert, ${count(far)} by two grades or more; which grades for which is in the section Confusion, framed pictures are in the section Examples.`,
      ja: ({ n, wrong, far }) =>
        `${count(n)} 枚中 ${count(wrong)} 枚で専門医と異なる判定、うち 2 グレード以上の差は ${count(far)} 枚。内訳は「混同行列」の節、該当する画像例は「画像例」の節（枠付き）に記載。`,
    },
  ),
  limits: fact((run) => (evaluated(run) ? true : null), {
    en: () => 'What the figures do not say is in the section Limits of use.',
    ja: () => '数値から読み取れないことは「使用上の制限」の節に記載。',
  }),
  explanation: fact(
    ({ explanation = [] }) => (explanation.length > 0 ? explanation.length : null),
    {
      en: (images) =>
        `Maps of the severity score and graded images next to it on the severity axis, for ${counted(images, 'image')}, in the section Why images have their score; how far maps can be trusted is measured by \`semise explain RUN --check\`.`,
      ja: (images) =>
        `画像 ${count(images)} 枚について、重症度スコアの根拠マップと重症度軸上で隣り合うグレード付き画像を「スコアの根拠」の節に掲載。マップの信頼性は \`semise explain RUN --check\` で測定できます。`,
    },
  ),
  predict: fact((run) => (run.model ? run.environment.semise : null), {
    en: () =>
      'By model.onnx alone: `semise predict RUN IMAGE`, the library call `openRun`, or any ONNX runtime; the figures above come from the same file.',
    ja: () =>
      'model.onnx のみで計算：`semise predict RUN IMAGE`、ライブラリー関数 `openRun`、または任意の ONNX ランタイム。上記の成績も同じファイルによるものです。',
  }),
  availability: fact(() => true, {
    en: () => 'semise is free software (Apache-2.0).',
    ja: () => 'semise はフリーソフトウェア（Apache-2.0）です。',
  }),
  repeat: fact((run) => run.command ?? null, {
    en: (command) => `Repeated by \`${command}\`.`,
    ja: (command) => `再現コマンド：\`${command}\`。`,
  }),
  seeds: fact((run) => run.seed, {
    en: (seed) =>
      `One seed (${seed}); how figures vary with the seed was not examined in this run.`,
    ja: (seed) =>
      `乱数シードは 1 つ（${seed}）のみ。シードによる成績の変動はこの学習では調べていません。`,
  }),
  notDevice: fact(() => true, {
    en: () => 'For research only; not a medical device.',
    ja: () => '研究用であり、医療機器ではありません。',
  }),
  external: fact(
    ({ validations }) => {
      const opened = validations?.opened ?? [];
      return opened.length > 0 ? opened : null;
    },
    {
      en: (opened) =>
        `External images opened (the figures are in the page of each): ${opened.map((o) => `${o.date} by semise ${o.command}, SHA-256 ${o.data}${o.site ? `, site ${o.site}` : ''}`).join('; ')}.`,
      ja: (opened) =>
        `外部画像の使用記録（成績は各検証報告書に記載）：${opened.map((o) => `${o.date}、semise ${o.command}、SHA-256 ${o.data}${o.site ? `、施設 ${o.site}` : ''}`).join('；')}。`,
    },
  ),
  acceptance: fact(
    ({ validations }) => {
      const stamped = validations?.stamped ?? [];
      return stamped.length > 0 ? stamped : null;
    },
    {
      en: (stamped) =>
        `Acceptance limits stamped for this model: ${stamped.map((s) => `${s.date}, SHA-256 ${s.limits}`).join('; ')}.`,
      ja: (stamped) =>
        `このモデルについて確定した受入基準：${stamped.map((s) => `${s.date}、SHA-256 ${s.limits}`).join('；')}。`,
    },
  ),
  ...UNCERTAINTY_FACTS,
  ...SUBGROUP_FACTS,
} as const satisfies Record<string, Fact>;

export type FactName = keyof typeof FACTS;
