// From a cell to everything that decides its run: what is trained, and the record of it in the row.

import { resolve } from 'node:path';
import { fingerprint, type TrainOptions, trainingDefaults, VERSION } from '../run/index.js';
import { type Cell, cellKey } from './cells.js';
import { type Cohort, SPLIT_SEED } from './cohort.js';
import { digest } from './digest.js';
import type { Grid, PretrainedSpec } from './grid.js';
import { visibleRows } from './shown.js';

type Training = Omit<TrainOptions, 'data' | 'out' | 'comparisons' | 'init' | 'threads'>;

export interface Plan {
  readonly cell: Cell;
  readonly cohort: Cohort;
  readonly pool?: { readonly cohort: Cohort; readonly replace: boolean };
  readonly ties: Grid['ties'];
  readonly training: Training;
  /** File of weights to start from. */
  readonly init: string | null;
  /** A self-supervised training to start from. */
  readonly pretrained: { readonly spec: PretrainedSpec; readonly training: Training } | null;
  /** Everything that defines the run beside the cell's own fields, defaults spelt out. */
  readonly config: Record<string, unknown>;
  /** Name of the run's folder, different for every run. */
  readonly id: string;
}

export interface Places {
  readonly grid: Grid;
  /** By name, null where the data set is not there. */
  readonly cohorts: ReadonlyMap<string, Cohort | null>;
  readonly pools: ReadonlyMap<string, Cohort | null>;
  /** Folder of the data sets. */
  readonly datasets: string;
}

/** @returns null where an image set of the cell is not there */
export async function planCell(cell: Cell, places: Places): Promise<Plan | null> {
  const { grid } = places;
  const cohort = places.cohorts.get(cell.dataset);
  const pool = cell.pool === null ? null : places.pools.get(cell.pool);
  if (!cohort || pool === undefined || (cell.pool !== null && pool === null)) return null;

  const { labels, phantom, shares, ...own } = grid.datasets[cell.dataset];
  const spec = grid.methods[cell.method];
  const common = { ...grid.training, ...own };
  const training: Training = {
    ...common,
    ...spec.training,
    method: spec.method,
    settings: { ...(shares && { gradeShares: trainingShares(cohort, cell) }), ...spec.settings },
    seed: cell.seed,
  };
  const start = spec.pretrained ? grid.pretrained[spec.pretrained] : null;
  const pretrained = start && {
    spec: start,
    training: {
      ...common,
      ...start.training,
      method: start.method,
      settings: start.settings,
      seed: start.seed,
    },
  };
  const init = spec.init ? resolve(places.datasets, spec.init) : null;
  const data = {
    ...cohort.origin,
    splitSeed: SPLIT_SEED,
    ...(cell.comparisons > 0 && { ties: grid.ties }),
    ...(pool && { pool: { ...pool.origin, replace: grid.pools[cell.pool as string].replace } }),
  };
  const config = {
    semise: VERSION,
    data,
    training: spelledOut(training),
    init: init && (await fingerprint(init)),
    pretrained: pretrained && spelledOut(pretrained.training),
  };
  const { semise: _, ...defining } = config;
  return {
    cell,
    cohort,
    ...(pool && { pool: { cohort: pool, replace: grid.pools[cell.pool as string].replace } }),
    ties: grid.ties,
    training,
    init,
    pretrained,
    config,
    id: `${folderName(cell)}-${digest([cellKey(cell), defining])}`,
  };
}

/** What a register of patients would say: percent of each grade among the training images, 1 at least. */
function trainingShares(cohort: Cohort, cell: Cell): number[] {
  const { rows, grades } = visibleRows(cohort, cell);
  const graded = rows.filter(({ split, grade }) => split === 'train' && grade !== null);
  return Array.from({ length: grades }, (_, k) => {
    const count = graded.filter(({ grade }) => grade === k).length;
    return Math.max(1, Math.round((100 * count) / graded.length));
  });
}

/** With all defaults. The seed is the cell's; on how many threads it runs is where, not what. */
function spelledOut(training: Training): Record<string, unknown> {
  const { threads: _, ...defaults } = trainingDefaults({ ...training, data: '', out: '' });
  return { ...defaults, views: training.views, fit: training.fit };
}

const folderName = ({ dataset, budget, comparisons, method, seed, split }: Cell): string =>
  [dataset, `b${budget}`, `c${comparisons}`, method, `s${seed}`, ...(split === 'test' ? [] : ['v'])]
    .join('-')
    .replaceAll(/[^\w.-]/g, '_');
