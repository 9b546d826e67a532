// How training went: loss terms, and validation beside them.

import type { VNode } from 'preact';
import { Chart } from '../charts/chart.js';
import { lossCurves } from '../charts/loss-curves.js';
import { validationCurves } from '../charts/validation-curves.js';
import { texts, useLanguage } from '../language.js';
import { Figure, Figures, Section } from '../layout.js';
import type { RunReport } from '../report-data.js';

const useTexts = texts({
  en: {
    title: 'Training',
    lead: 'Each loss term as it was (faint) and smoothed; dashed lines begin a phase. Terms have their own scales: compare a term with itself only.',
    losses: (name: string) => `Losses: ${name}`,
    noLosses: 'No losses were kept.',
    lossChart: (steps: number, ends: string) => `Loss terms over ${steps} steps: ${ends}`,
    endsAt: (term: string, loss: string) => `${term} ends at ${loss}`,
    validation: (name: string) => `Validation: ${name}`,
    noValidation: 'No validation during training.',
    validationChart: (points: number) =>
      `Macro-F1, QWK and Spearman's rho on validation at ${points} points of training`,
  },
  ja: {
    title: '学習経過',
    lead: '損失の各項の実際の値（薄い線）と平滑化した値です。破線は学習段階の開始を示します。項ごとに尺度が異なるため、異なる項の値を比べることはできません。',
    losses: (name) => `損失：${name}`,
    noLosses: '損失の記録はありません。',
    lossChart: (steps, ends) => `${steps} ステップの損失の推移。${ends}`,
    endsAt: (term, loss) => `${term} の最終値 ${loss}`,
    validation: (name) => `検証データでの成績：${name}`,
    noValidation: '学習中の検証は行われていません。',
    validationChart: (points) =>
      `学習中の ${points} 時点における検証データでのマクロ F1、QWK、スピアマンの ρ`,
  },
});

export function TrainingSection({ runs }: { runs: RunReport[] }): VNode {
  const t = useTexts();
  const language = useLanguage();
  const lastLosses = ({ history }: RunReport): string =>
    Object.entries(history.at(-1)!.losses)
      .map(([term, loss]) => t.endsAt(term, loss.toPrecision(3)))
      .join(', ');
  return (
    <Section id="training" title={t.title} lead={t.lead}>
      <Figures>
        {runs.map((run, i) => (
          <>
            <Figure title={t.losses(run.name)}>
              {run.history.length === 0 ? (
                <p>{t.noLosses}</p>
              ) : (
                <Chart
                  id={`loss-${i}`}
                  label={t.lossChart(run.history.at(-1)!.step, lastLosses(run))}
                  option={lossCurves(run.history, language)}
                />
              )}
            </Figure>
            <Figure title={t.validation(run.name)}>
              {run.validation.length === 0 ? (
                <p>{t.noValidation}</p>
              ) : (
                <Chart
                  id={`validation-${i}`}
                  label={t.validationChart(run.validation.length)}
                  option={validationCurves(run.validation, language)}
                />
              )}
            </Figure>
          </>
        ))}
      </Figures>
    </Section>
  );
}
