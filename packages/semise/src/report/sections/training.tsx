// How training went: loss terms, and validation beside them.

import type { VNode } from 'preact';
import { Chart } from '../charts/chart.js';
import { lossCurves } from '../charts/loss-curves.js';
import { validationCurves } from '../charts/validation-curves.js';
import { Figure, Figures, Section } from '../layout.js';
import type { RunReport } from '../report-data.js';

export function TrainingSection({ runs }: { runs: RunReport[] }): VNode {
  return (
    <Section
      id="training"
      title="Training"
      lead="Each loss term as it was (faint) and smoothed; dashed lines begin a phase. Terms have their own scales: compare a term with itself only."
    >
      <Figures>
        {runs.map((run, i) => (
          <>
            <Figure title={`Losses: ${run.name}`}>
              {run.history.length === 0 ? (
                <p>No losses were kept.</p>
              ) : (
                <Chart
                  id={`loss-${i}`}
                  label={`Loss terms over ${run.history.at(-1)!.step} steps: ${lastLosses(run)}`}
                  option={lossCurves(run.history)}
                />
              )}
            </Figure>
            <Figure title={`Validation: ${run.name}`}>
              {run.validation.length === 0 ? (
                <p>No validation during training.</p>
              ) : (
                <Chart
                  id={`validation-${i}`}
                  label={`Macro-F1, QWK and Spearman's rho on validation at ${run.validation.length} points of training`}
                  option={validationCurves(run.validation)}
                />
              )}
            </Figure>
          </>
        ))}
      </Figures>
    </Section>
  );
}

function lastLosses({ history }: RunReport): string {
  return Object.entries(history.at(-1)!.losses)
    .map(([term, loss]) => `${term} ends at ${loss.toPrecision(3)}`)
    .join(', ');
}
