// How to repeat the runs: command, seed, configuration, machine.

import type { VNode } from 'preact';
import { duration } from '../format.js';
import { Section, Table } from '../layout.js';
import type { RunReport } from '../report-data.js';

export function RepeatSection({ runs }: { runs: RunReport[] }): VNode {
  return (
    <Section
      id="repeat"
      title="How to repeat"
      lead="The same seed, data and version on the same machine give the same weights; other machines round differently."
    >
      {runs.map((run) => (
        <>
          <h3>{run.name}</h3>
          <pre>
            <code>{run.command ?? `semise train --data ${run.data.file} --seed ${run.seed}`}</code>
          </pre>
          <dl class="facts">
            <dt>Seed</dt>
            <dd>{run.seed}</dd>
            <dt>Training</dt>
            <dd>{`${duration(run.timings.seconds)}, ${Math.round(run.timings.imagesPerSecond)} images per second`}</dd>
            <dt>Software</dt>
            <dd>{`semise ${run.environment.semise}, Node ${run.environment.node}`}</dd>
            <dt>Machine</dt>
            <dd>{`${run.environment.cpu}, execution provider ${run.environment.provider}`}</dd>
          </dl>
        </>
      ))}
    </Section>
  );
}

export function ConfigurationSection({ runs }: { runs: RunReport[] }): VNode {
  const configs = runs.map(({ config }) => new Map(flat(config)));
  const fields = [...new Set(configs.flatMap((config) => [...config.keys()]))];
  return (
    <Section
      id="configuration"
      title="Configuration"
      lead={runs.length > 1 && 'Rows in bold differ between the runs.'}
    >
      <Table
        caption="Everything that was set"
        words={runs.length + 1}
        head={['Field', ...runs.map(({ name }) => name)]}
        rows={fields.map((field) => {
          const values = configs.map((config) => config.get(field) ?? '–');
          const differs = new Set(values).size > 1;
          return [
            differs ? <strong>{field}</strong> : <span class="plain">{field}</span>,
            ...values.map((value) => <code>{value}</code>),
          ];
        })}
      />
    </Section>
  );
}

/** `{ a: { b: 1 } }` as `[['a.b', '1']]`. */
function flat(value: unknown, path = ''): [string, string][] {
  if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([key, inner]) =>
      flat(inner, path === '' ? key : `${path}.${key}`),
    );
  }
  return [[path, typeof value === 'string' ? value : (JSON.stringify(value) ?? '–')]];
}
