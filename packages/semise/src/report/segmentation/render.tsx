// The report of a segmentation: one HTML file that opens anywhere, offline.

import type { VNode } from 'preact';
import type { Estimate } from '../../evaluation/evaluate.js';
import type { Split } from '../../evaluation/prediction.js';
import type {
  LesionSize,
  SegmentationMetrics,
  SegmentationScores,
} from '../../evaluation/segmentation/index.js';
import { burdenChart } from '../charts/burden.js';
import { Chart } from '../charts/chart.js';
import { lossCurves } from '../charts/loss-curves.js';
import { Contents, Document, documentText } from '../document.js';
import { count, counted, decimal, interval } from '../format.js';
import { type Language, texts, useLanguage } from '../language.js';
import { Figure, Figures, ImageName, Section, Table } from '../layout.js';
import { DuplicateProof } from '../sections/leakage.js';
import { useSplitNames } from '../split-names.js';
import type { OverlayExample, SegmentationReport } from './report-data.js';

/**
 * The same data give the same document; no script, nothing fetched, every text escaped.
 * @param language of its texts; English unless told
 */
export function renderSegmentationReport(
  report: SegmentationReport,
  language: Language = 'en',
): string {
  return documentText(
    <Document title={useTexts.in(language).title} language={language} pictures>
      <Page {...report} />
    </Document>,
  );
}

type Measure = keyof SegmentationScores;

const useTexts = texts({
  en: {
    title: 'Lesion segmentation',
    made: (created: string) =>
      `Made ${created} by semise. For research only; not a medical device.`,
    footer:
      'semise, Apache-2.0. Intervals: 95 %, bootstrap over subjects (score; percentile for distances).',
    contents: {
      results: 'Results',
      overlays: 'Overlays',
      groups: 'By grade and size',
      burden: 'Burden and severity',
      training: 'Training',
      data: 'Data',
      limits: 'Limits of use',
      repeat: 'How to repeat',
    },
    nothing: 'Nothing was evaluated: neither the validation nor the test split has a mask.',
    measures: {
      diceLesion: ['Dice, images with a lesion', 'overlap of predicted and true lesion, 0 to 1'],
      dice: ['Dice, all images', 'an empty mask found empty counts 1'],
      iou: ['IoU, all images', 'common share of the area that either covers'],
      hausdorff95: ['95 % Hausdorff', 'distance within which 95 % of both outlines lie'],
      surfaceDistance: ['Average surface distance', 'mean distance of the two outlines'],
      lesionSensitivity: ['Lesions found', 'share of true lesions of which a pixel is found'],
      falsePositives: ['False lesions an image', 'predicted lesions that touch no true one'],
    } as Record<Measure, [label: string, meaning: string]>,
    units: { mm: 'mm', pixels: 'pixels' } as Record<SegmentationMetrics['unit'], string>,
    resultsLead: ({ n, subjects, bothEmpty, oneEmpty }: SegmentationMetrics, split: string) =>
      `On ${counted(n, 'image')} with a mask, of ${counted(subjects, 'subject')}, in the ${split} split, at the images' own size. In ${bothEmpty} both masks are empty; in ${oneEmpty} one of them is, and no distance is defined. Intervals are of 95 %, by a bootstrap over subjects.`,
    byClass: 'Each class by itself',
    class: 'Class',
    overlaysLead:
      "Orange: lesions as predicted. Blue: the expert's outline. Cases by Dice; under each its Dice, the share of the image that is predicted as lesion, and the severity score where there is one.",
    noOverlays: 'No image with a mask in this split.',
    cases: { best: 'Best', median: 'Median', worst: 'Worst', 'no lesion': 'Without a lesion' },
    overlaysOf: (title: string) => `${title}: overlays`,
    alt: (image: string) => `${image}: predicted and true lesions`,
    noPreview: 'no preview',
    predicted: (percent: string) => `${percent} % predicted`,
    grade: (grade: number) => `grade ${grade}`,
    burdenOf: (percent: string) => `burden ${percent} %`,
    score: (score: string) => `score ${score}`,
    comma: ', ',
    groups: 'By grade and by size of lesion',
    groupsLead: 'Small lesions cover less than 0.1 % of the image, medium ones less than 1 %.',
    byGrade: "Images by the expert's grade",
    gradeHead: 'Grade',
    images: 'Images',
    bySize: 'True lesions by size',
    sizeHead: ['Size', 'Lesions', 'Found'],
    sizes: { small: 'small', medium: 'medium', large: 'large' } as Record<LesionSize, string>,
    burden: 'Lesion burden and severity',
    burdenLead:
      'Lesion burden is the share of the image predicted as lesion. Where it and the severity score rise together, two readings of the same image agree; an image far from the others deserves a look.',
    rho: (split: string) =>
      `Spearman's rho of lesion burden, over all images of the ${split} split`,
    rhoHead: ['With the', 'rho'],
    withScore: 'severity score of the model it started from',
    withGrade: "expert's grade",
    withTrueBurden: "burden of the expert's mask",
    againstScore: 'Burden against severity score',
    againstGrade: 'Burden against grade',
    scatter: 'Scatter plot of lesion burden',
    trainingLead:
      'Each loss term as it was (faint) and smoothed. Terms have their own scales: compare a term with itself only.',
    losses: 'Losses',
    noLosses: 'No losses were kept.',
    lossChart: 'Loss terms over the steps',
    validation: 'Dice on validation images with a lesion during training, at the working size',
    validationHead: ['Step', 'Dice'],
    dataLead: 'No subject is in two splits.',
    bySplit: 'Images and masks by split',
    dataHead: ['Split', 'Images', 'Subjects', 'Masks with a lesion', 'Empty masks', 'Masks used'],
    research: 'For research only. Not a medical device:',
    limits: [
      'The masks are taken as the truth. Where two experts would outline a lesion differently, so may the model, and no Dice tells which of them is right.',
      'Intervals tell how figures vary with the choice of subjects. They know nothing of another site, device or population: test on images of your own before you rely on it.',
      'Lesions smaller than half of the smallest twentieth seen in training are dropped as specks.',
    ],
    notFor: 'not for diagnosis, triage, measurement or any decision about a patient.',
  },
  ja: {
    title: '病変セグメンテーション',
    made: (created) =>
      `作成日時 ${created}（semise により作成）。研究用であり、医療機器ではありません。`,
    footer:
      'semise, Apache-2.0。区間は、対象者単位のブートストラップ法（スコア法、距離はパーセンタイル法）による 95% 信頼区間です。',
    contents: {
      results: '結果',
      overlays: '重ね合わせ画像',
      groups: 'グレード・大きさ別',
      burden: '病変量と重症度',
      training: '学習経過',
      data: 'データ',
      limits: '使用上の制限',
      repeat: '再現方法',
    },
    nothing: '検証データ・テストデータのいずれにもマスクがないため、評価されていません。',
    measures: {
      diceLesion: ['Dice 係数（病変のある画像）', '予測した病変と正解病変の重なり。0～1'],
      dice: ['Dice 係数（全画像）', '病変のない画像を病変なしと予測した場合は 1'],
      iou: ['IoU（全画像）', 'いずれかが覆う領域のうち共通部分の割合'],
      hausdorff95: ['95% ハウスドルフ距離', '両輪郭の 95% が収まる距離'],
      surfaceDistance: ['平均表面距離', '2 つの輪郭の距離の平均'],
      lesionSensitivity: ['病変検出率', '1 画素以上検出された正解病変の割合'],
      falsePositives: ['1 画像あたりの偽陽性病変数', '正解病変に接しない予測病変の数'],
    },
    units: { mm: 'mm', pixels: '画素' },
    resultsLead: ({ n, subjects, bothEmpty, oneEmpty }, split) =>
      `${split}データのマスク付き画像 ${count(n)} 枚（対象者 ${count(subjects)} 名）に対する、元の画像サイズでの成績です。${bothEmpty} 枚では両方のマスクに病変がなく、${oneEmpty} 枚では一方だけに病変がないため距離は定義されません。区間は、対象者単位のブートストラップ法による 95% 信頼区間です。`,
    byClass: 'クラス別の成績',
    class: 'クラス',
    overlaysLead:
      'オレンジ：予測した病変。青：専門医による輪郭。Dice 係数の順に選んだ症例で、各画像の下に Dice 係数、画像中で病変と予測した割合、重症度スコア（ある場合）を示します。',
    noOverlays: 'この分割にはマスク付きの画像がありません。',
    cases: { best: '最良', median: '中央', worst: '最悪', 'no lesion': '病変なし' },
    overlaysOf: (title) => `${title}：重ね合わせ画像`,
    alt: (image) => `${image}：予測病変と正解病変`,
    noPreview: '表示不可',
    predicted: (percent) => `予測病変 ${percent}%`,
    grade: (grade) => `グレード ${grade}`,
    burdenOf: (percent) => `病変量 ${percent}%`,
    score: (score) => `スコア ${score}`,
    comma: '、',
    groups: 'グレード別・病変の大きさ別',
    groupsLead: '小病変は画像の 0.1% 未満、中病変は 1% 未満の面積を占めるものです。',
    byGrade: '専門医のグレード別',
    gradeHead: 'グレード',
    images: '画像数',
    bySize: '正解病変の大きさ別',
    sizeHead: ['大きさ', '病変数', '検出率'],
    sizes: { small: '小', medium: '中', large: '大' },
    burden: '病変量と重症度',
    burdenLead:
      '病変量は、画像のうち病変と予測した面積の割合です。病変量と重症度スコアがともに上昇していれば、同じ画像に対する 2 つの見方が一致しています。他から大きく外れた画像は確認してください。',
    rho: (split) => `病変量とのスピアマンの ρ（${split}データの全画像）`,
    rhoHead: ['比較対象', 'ρ'],
    withScore: '元にしたモデルの重症度スコア',
    withGrade: '専門医のグレード',
    withTrueBurden: '専門医のマスクによる病変量',
    againstScore: '病変量と重症度スコア',
    againstGrade: '病変量とグレード',
    scatter: '病変量の散布図',
    trainingLead:
      '損失の各項の実際の値（薄い線）と平滑化した値です。項ごとに尺度が異なるため、異なる項の値を比べることはできません。',
    losses: '損失',
    noLosses: '損失の記録はありません。',
    lossChart: '損失の各項の推移',
    validation: '学習中の検証データ（病変のある画像）の Dice 係数（作業サイズ）',
    validationHead: ['ステップ', 'Dice 係数'],
    dataLead: '複数の分割に含まれる対象者はいません。',
    bySplit: '分割別の画像とマスク',
    dataHead: ['分割', '画像数', '対象者数', '病変ありマスク', '病変なしマスク', '使用マスク'],
    research: '研究専用です。医療機器ではありません。',
    limits: [
      'マスクを正解として扱っています。専門医の間で輪郭の描き方が分かれる病変では、モデルの輪郭も分かれることがあり、どちらが正しいかを Dice 係数で判断することはできません。',
      '信頼区間は、対象者の選ばれ方による成績のばらつきを示すものです。他の施設、装置、患者集団での成績は分かりません。使用を検討する前に、必ず自施設の画像で検証してください。',
      '学習データの小さい方から 5% に当たる病変の大きさの半分に満たない予測は、ノイズとして除いています。',
    ],
    notFor: '診断、トリアージ、計測、その他患者に関するいかなる判断にも使用しないでください。',
  },
});

const CONTENTS = [
  'results',
  'overlays',
  'groups',
  'burden',
  'training',
  'data',
  'limits',
  'repeat',
] as const;

function Page(report: SegmentationReport): VNode {
  const t = useTexts();
  const { metrics, split } = report;
  return (
    <>
      <header>
        <h1>{t.title}</h1>
        <p>{t.made(report.created)}</p>
        <Contents of={CONTENTS.map((id) => [id, t.contents[id]] as const)} />
      </header>
      {metrics ? (
        <Results metrics={metrics} split={split} />
      ) : (
        <Section id="results" title={t.contents.results}>
          <p>{t.nothing}</p>
        </Section>
      )}
      <Overlays examples={report.examples} />
      {metrics && <Groups metrics={metrics} />}
      {metrics && <Burden metrics={metrics} report={report} />}
      <Training {...report} />
      <Data {...report} />
      <Limits />
      <Repeat {...report} />
      <footer>{t.footer}</footer>
    </>
  );
}

const MEASURES: readonly Measure[] = [
  'diceLesion',
  'dice',
  'iou',
  'hausdorff95',
  'surfaceDistance',
  'lesionSensitivity',
  'falsePositives',
];

/** `95 % Hausdorff, mm`. */
function measureLabel(
  t: ReturnType<typeof useTexts>,
  name: Measure,
  unit: SegmentationMetrics['unit'],
): string {
  const measured = ['hausdorff95', 'surfaceDistance'].includes(name);
  return t.measures[name][0] + (measured ? t.comma + t.units[unit] : '');
}

function Results({ metrics, split }: { metrics: SegmentationMetrics; split: Split }): VNode {
  const t = useTexts();
  const language = useLanguage();
  const splits = useSplitNames();
  return (
    <Section id="results" title={t.contents.results} lead={t.resultsLead(metrics, splits[split])}>
      <dl class="tiles">
        {MEASURES.map((name) => (
          <div class="tile">
            <dt>{measureLabel(t, name, metrics.unit)}</dt>
            <dd class="value">{decimal(metrics[name].value)}</dd>
            <dd class="interval">{interval(metrics[name].ci95, language)}</dd>
            <dd class="meaning">{t.measures[name][1]}</dd>
          </div>
        ))}
      </dl>
      {metrics.classes.length > 0 && (
        <Table
          caption={t.byClass}
          head={[t.class, 'Dice', 'IoU']}
          rows={metrics.classes.map((c) => [
            `${c.class}`,
            <Figured {...c.dice} />,
            <Figured {...c.iou} />,
          ])}
        />
      )}
    </Section>
  );
}

function Figured({ value, ci95 }: Estimate): VNode {
  const language = useLanguage();
  return (
    <>
      <strong>{decimal(value)}</strong>
      <small>{interval(ci95, language)}</small>
    </>
  );
}

const GROUPS: readonly OverlayExample['group'][] = ['best', 'median', 'worst', 'no lesion'];
// Only an image that travels in the page is shown: nothing may be fetched from elsewhere.
const EMBEDDED = /^data:image\/(png|jpeg|webp);base64,[A-Za-z0-9+/=]+$/;

function Overlays({ examples }: { examples: readonly OverlayExample[] }): VNode {
  const t = useTexts();
  return (
    <Section id="overlays" title={t.contents.overlays} lead={t.overlaysLead}>
      {examples.length === 0 && <p>{t.noOverlays}</p>}
      {GROUPS.map((group) => {
        const cases = examples.filter((example) => example.group === group);
        if (cases.length === 0) return null;
        return (
          <>
            <h3>{t.cases[group]}</h3>
            <ol class="examples" aria-label={t.overlaysOf(t.cases[group])}>
              {cases.map(({ image, grade, dice, score, burden, picture }) => (
                <li>
                  {EMBEDDED.test(picture) ? (
                    <img src={picture} alt={t.alt(image)} />
                  ) : (
                    <span class="missing">{t.noPreview}</span>
                  )}
                  <b>
                    {group === 'no lesion'
                      ? t.predicted(decimal(100 * burden, 1))
                      : `Dice ${decimal(dice, 2)}`}
                  </b>
                  <span>
                    {[
                      grade === null ? null : t.grade(grade),
                      t.burdenOf(decimal(100 * burden, 1)),
                      score === null ? null : t.score(decimal(score, 2)),
                    ]
                      .filter(Boolean)
                      .join(t.comma)}
                  </span>
                  <ImageName image={image} />
                </li>
              ))}
            </ol>
          </>
        );
      })}
    </Section>
  );
}

const COLUMNS = [
  'diceLesion',
  'dice',
  'hausdorff95',
  'lesionSensitivity',
  'falsePositives',
] as const;

function Groups({ metrics }: { metrics: SegmentationMetrics }): VNode {
  const t = useTexts();
  const labels = COLUMNS.map((name) => measureLabel(t, name, metrics.unit));
  return (
    <Section id="groups" title={t.groups} lead={t.groupsLead}>
      {metrics.byGrade.length > 0 && (
        <Table
          caption={t.byGrade}
          head={[t.gradeHead, t.images, ...labels]}
          rows={metrics.byGrade.map((row) => [
            `${row.grade}`,
            row.n,
            ...COLUMNS.map((name) => <Figured {...row[name]} />),
          ])}
        />
      )}
      <Table
        caption={t.bySize}
        head={t.sizeHead}
        rows={metrics.bySize.map((row) => [
          t.sizes[row.size],
          row.lesions,
          <Figured {...row.sensitivity} />,
        ])}
      />
    </Section>
  );
}

function Burden({
  metrics,
  report,
}: {
  metrics: SegmentationMetrics;
  report: SegmentationReport;
}): VNode {
  const t = useTexts();
  const language = useLanguage();
  const splits = useSplitNames();
  const { withScore, withGrade, withTrueBurden } = metrics.burden;
  const scored = report.burdens.some((i) => i.score !== null);
  const rows: [string, Estimate][] = [
    [t.withScore, withScore],
    [t.withGrade, withGrade],
    [t.withTrueBurden, withTrueBurden],
  ];
  return (
    <Section id="burden" title={t.burden} lead={t.burdenLead}>
      <Table
        caption={t.rho(splits[report.split])}
        head={t.rhoHead}
        rows={rows
          .filter(([, e]) => e.value !== null)
          .map(([name, e]) => [name, <Figured {...e} />])}
      />
      <Figures>
        <Figure title={scored ? t.againstScore : t.againstGrade}>
          <Chart
            id="burden-chart"
            label={t.scatter}
            option={burdenChart(report.burdens, scored, language)}
          />
        </Figure>
      </Figures>
    </Section>
  );
}

function Training({ history, validation }: SegmentationReport): VNode {
  const t = useTexts();
  const language = useLanguage();
  return (
    <Section id="training" title={t.contents.training} lead={t.trainingLead}>
      <Figures>
        <Figure title={t.losses}>
          {history.length === 0 ? (
            <p>{t.noLosses}</p>
          ) : (
            <Chart id="loss" label={t.lossChart} option={lossCurves(history, language)} />
          )}
        </Figure>
      </Figures>
      {validation.length > 0 && (
        <Table
          caption={t.validation}
          head={t.validationHead}
          rows={validation.map(({ step, dice }) => [`${step}`, decimal(dice)])}
        />
      )}
    </Section>
  );
}

function Data({ data, duplicates }: SegmentationReport): VNode {
  const t = useTexts();
  const splits = useSplitNames();
  return (
    <Section id="data" title={t.contents.data} lead={t.dataLead}>
      <Table
        caption={t.bySplit}
        head={t.dataHead}
        rows={data.map((d) => [
          splits[d.split],
          d.images,
          d.subjects,
          d.lesionMasks,
          d.emptyMasks,
          d.seen,
        ])}
      />
      <DuplicateProof duplicates={duplicates} />
    </Section>
  );
}

function Limits(): VNode {
  const t = useTexts();
  return (
    <Section id="limits" title={t.contents.limits}>
      <ul class="limits">
        <li>
          <strong>{t.research}</strong> {t.notFor}
        </li>
        {t.limits.map((line) => (
          <li>{line}</li>
        ))}
      </ul>
    </Section>
  );
}

function Repeat({ command, config, environment }: SegmentationReport): VNode {
  const t = useTexts();
  return (
    <Section id="repeat" title={t.contents.repeat}>
      <pre>{command}</pre>
      <p>{environment}</p>
      <pre>{JSON.stringify(config, null, 1)}</pre>
    </Section>
  );
}
