// Which grades are taken for which: the confusion matrix, and the rows by grade.

import type { VNode } from 'preact';
import type { Evaluated } from '../evaluated.js';
import { count, decimal } from '../format.js';
import { Figure, Figures, Section, Table } from '../layout.js';

export function ConfusionSection({ all }: { all: Evaluated[] }): VNode {
  return (
    <Section
      id="confusion"
      title="Confusion and per-grade results"
      lead="Rows are the expert's grade, columns the model's. Each cell: images, and their share of the row; the darker, the larger the share. The framed diagonal is agreement."
    >
      <Figures>
        {all.map((one) => (
          <>
            <Figure title={`Confusion matrix: ${one.run.name} (${one.split})`}>
              <Matrix {...one} />
            </Figure>
            <Figure title={`By grade: ${one.run.name} (${one.split})`}>
              <Table
                caption="Precision, recall and F1"
                head={['Grade', 'Images', 'Precision', 'Recall', 'F1']}
                rows={one.metrics.perClass.map(({ grade, n, precision, recall, f1 }) => [
                  grade,
                  count(n),
                  decimal(precision),
                  decimal(recall),
                  decimal(f1),
                ])}
              />
            </Figure>
          </>
        ))}
      </Figures>
    </Section>
  );
}

export function Matrix({ metrics: { confusion } }: Pick<Evaluated, 'metrics'>): VNode {
  return (
    <table class="matrix" aria-label="Confusion matrix: rows expert, columns model">
      <thead>
        <tr>
          <th scope="col">expert \ model</th>
          {confusion.map((_, k) => (
            <th scope="col">{k}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {confusion.map((row, y) => {
          const images = row.reduce((sum, n) => sum + n, 0);
          return (
            <tr>
              <th scope="row">{y}</th>
              {row.map((n, k) => (
                <Cell n={n} share={images === 0 ? 0 : n / images} agreed={k === y} />
              ))}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Cell({ n, share, agreed }: { n: number; share: number; agreed: boolean }): VNode {
  // Never so dark that the figures on it could not be read.
  const style = `background:rgba(0,92,150,${(share * 0.55).toFixed(3)})`;
  return (
    <td class={agreed ? 'agreed' : undefined} style={style}>
      {count(n)}
      <small>{`${Math.round(share * 100)} %`}</small>
    </td>
  );
}
