// The report's building blocks: a section, figures in a row, a table that scrolls when it must.

import type { ComponentChildren, VNode } from 'preact';

interface SectionProps {
  id: string;
  title: string;
  /** What the reader is looking at and how to read it. */
  lead?: ComponentChildren;
  children: ComponentChildren;
}

export function Section({ id, title, lead, children }: SectionProps): VNode {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {lead && <p class="lead">{lead}</p>}
      {children}
    </section>
  );
}

/** Figures side by side where there is room. */
export function Figures({ children }: { children: ComponentChildren }): VNode {
  return <div class="figures">{children}</div>;
}

export function Figure({ title, children }: { title: string; children: ComponentChildren }): VNode {
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <div class="scroll">{children}</div>
    </figure>
  );
}

interface TableProps {
  caption: string;
  head: ComponentChildren[];
  rows: ComponentChildren[][];
  /** Columns from the left that hold words, not numbers; 1 unless told. */
  words?: number;
}

/** A table whose first column heads its rows. */
export function Table({ caption, head, rows, words = 1 }: TableProps): VNode {
  const look = (column: number) => (column < words ? undefined : 'number');
  return (
    <div class="table">
      <p class="caption" aria-hidden="true">
        {caption}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="scroll" aria-label={caption} tabIndex={0}>
        <table>
          <thead>
            <tr>
              {head.map((cell, c) => (
                <th scope="col" class={look(c)}>
                  {cell}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([first, ...cells]) => (
              <tr>
                <th scope="row">{first}</th>
                {cells.map((cell, c) => (
                  <td class={look(c + 1)}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}

/** Under an example image: a path that is too long for its column loses its beginning, since the end is the name. */
export function ImageName({ image }: { image: string }): VNode {
  return (
    <small title={image}>
      <bdi>{image}</bdi>
    </small>
  );
}
