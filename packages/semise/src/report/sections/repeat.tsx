// How to repeat the runs: command, seed, configuration, machine.

import type { VNode } from 'preact';
import { duration } from '../format.js';
import { texts, useLanguage } from '../language.js';
import { Section, Table } from '../layout.js';
import type { RunReport } from '../report-data.js';

const useTexts = texts({
  en: {
    title: 'How to repeat',
    lead: 'The same seed, data and version on the same machine give the same weights; other machines round differently.',
    seed: 'Seed',
    training: 'Training',
    took: (time: string, rate: number) => `${time}, ${rate} images per second`,
    software: 'Software',
    machine: 'Machine',
    provider: (cpu: string, provider: string) => `${cpu}, execution provider ${provider}`,
    configuration: 'Configuration',
    differs: 'Rows in bold differ between the runs.',
    caption: 'Everything that was set',
    field: 'Field',
  },
  ja: {
    title: '再現方法',
    lead: '同じ計算機で、同じ乱数シード、データ、バージョンを用いれば同じ重みが得られます。計算機が異なると丸め誤差により結果がわずかに変わります。',
    seed: '乱数シード',
    training: '学習',
    took: (time, rate) => `${time}、毎秒 ${rate} 枚`,
    software: 'ソフトウェア',
    machine: '計算機',
    provider: (cpu, provider) => `${cpu}、実行プロバイダー ${provider}`,
    configuration: '設定',
    differs: '太字の行はモデル間で設定が異なります。',
    caption: '設定の一覧',
    field: '項目',
  },
});

export function RepeatSection({ runs }: { runs: RunReport[] }): VNode {
  const t = useTexts();
  const language = useLanguage();
  return (
    <Section id="repeat" title={t.title} lead={t.lead}>
      {runs.map((run) => (
        <>
          <h3>{run.name}</h3>
          <pre>
            <code>{run.command ?? `semise train --data ${run.data.file} --seed ${run.seed}`}</code>
          </pre>
          <dl class="facts">
            <dt>{t.seed}</dt>
            <dd>{run.seed}</dd>
            <dt>{t.training}</dt>
            <dd>
              {t.took(
                duration(run.timings.seconds, language),
                Math.round(run.timings.imagesPerSecond),
              )}
            </dd>
            <dt>{t.software}</dt>
            <dd>{`semise ${run.environment.semise}, Node ${run.environment.node}`}</dd>
            <dt>{t.machine}</dt>
            <dd>{t.provider(run.environment.cpu, run.environment.provider)}</dd>
          </dl>
        </>
      ))}
    </Section>
  );
}

export function ConfigurationSection({ runs }: { runs: RunReport[] }): VNode {
  const t = useTexts();
  const configs = runs.map(({ config }) => new Map(flat(config)));
  const fields = [...new Set(configs.flatMap((config) => [...config.keys()]))];
  return (
    <Section id="configuration" title={t.configuration} lead={runs.length > 1 && t.differs}>
      <Table
        caption={t.caption}
        words={runs.length + 1}
        head={[t.field, ...runs.map(({ name }) => name)]}
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
