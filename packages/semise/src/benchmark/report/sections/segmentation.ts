// What a start of the encoder is worth to the segmentation of lesions, by data set and mask budget.

import type { SegmentationRow } from '../../segmentation.js';
import { meanOverSeeds } from '../../statistics/seeds.js';
import { againstEach } from '../against.js';
import {
  bestBy,
  cell,
  type DocumentSection,
  type DocumentTable,
  MEANS,
  type TextCell,
} from '../document.js';
import { bySeed, byStanding, kindOf, type Runs, testShare } from '../groups.js';
import { claimHead, claimRow, READING } from './claim-row.js';
import { failedRuns } from './failed-runs.js';

type Metric = keyof NonNullable<SegmentationRow['metrics']>;

/** What methods are ranked by: Dice over images with a lesion. */
const PRIMARY: Metric = 'diceLesion';

type Column = readonly [metric: Metric, label: string, lessIsBetter: boolean];

/** What is said of ours and the best other start: the second also counts lesions invented on images without any. */
const CLAIMED: readonly Column[] = [
  [PRIMARY, 'Dice, with lesion', false],
  ['dice', 'Dice, all', false],
];

const SHOWN: readonly Column[] = [
  ...CLAIMED,
  ['iou', 'IoU, all', false],
  ['hausdorff95', '95 % Hausdorff, pixels', true],
  ['surfaceDistance', 'Surface distance, pixels', true],
  ['lesionSensitivity', 'Lesions found', false],
  ['falsePositives', 'False lesions an image', true],
  ['burdenWithGrade', 'Burden and grade, ρ', false],
];

interface Group extends Runs<Metric> {
  readonly rows: readonly SegmentationRow[];
}

/** All runs of a data set at a mask budget. */
interface Place {
  readonly name: string;
  readonly groups: readonly Group[];
}

const placeName = ({ dataset, budget }: Pick<SegmentationRow, 'dataset' | 'budget'>): string =>
  `${dataset}, ${budget === 'all' ? 'all masks' : `${budget} masks with a lesion`}`;

function places(rows: readonly SegmentationRow[]): Place[] {
  const found = new Map<string, Map<string, SegmentationRow[]>>();
  for (const row of rows) {
    const name = placeName(row);
    const methods = found.get(name) ?? new Map<string, SegmentationRow[]>();
    methods.set(row.method, [...(methods.get(row.method) ?? []), row]);
    found.set(name, methods);
  }
  return [...found].map(([name, methods]) => ({
    name,
    groups: [...methods]
      .map(([method, of]) => ({ method, rows: of.toSorted((a, b) => a.seed - b.seed) }))
      .toSorted(byStanding(PRIMARY)),
  }));
}

/** How a method's name ends, by what images without masks teach it; an ending comes after those that it ends with. */
const ENDINGS = ['', '-presence', '-consistency', '-presence-consistency'] as const;
type Ending = (typeof ENDINGS)[number];

const endingOf = (method: string): Ending =>
  ENDINGS.findLast((ending) => method.endsWith(ending)) ?? '';

/** Ours against the best other start, all of one ending; none where either has no row. */
function against({ name, groups }: Place, ending: Ending, metric: Metric): TextCell[][] {
  const ours = groups.find(({ method }) => method === `semise${ending}`);
  if (!ours) return [];
  const rivals = groups.filter(
    ({ method }) => kindOf(method) === 'rival' && endingOf(method) === ending,
  );
  const [best] = againstEach(ours, rivals, metric, testShare(ours));
  if (!best || best.paired.seeds === 0) return [];
  return [claimRow(`${name}${ending.replaceAll('-', ', ')}`, metric, ours, best)];
}

function methodTable({ name, groups }: Place): DocumentTable {
  const columns = SHOWN.map(([metric, , less]) =>
    bestBy(
      groups.map((group) => meanOverSeeds(bySeed(group, metric))),
      less,
    ),
  );
  const [{ n, images, masks }] = groups[0].rows;
  return {
    caption: `${name} (${images} images to train on, ${masks} of them with a mask, empty ones included; ${n} to score on)`,
    head: ['', 'seeds', ...SHOWN.map(([, label]) => label)],
    rows: groups.map((group, g) => [
      cell(group.method),
      cell(`${group.rows.length}`),
      ...columns.map((column) => column[g]),
    ]),
  };
}

/** Counts in captions are those of the first seed: the split of a data set may be drawn by seed. */
export function segmentationSections(rows: readonly SegmentationRow[]): DocumentSection[] {
  const all = places(rows.filter(({ error }) => error === undefined));
  return [
    {
      id: 'segmentation',
      title: 'Segmentation: SEMISE against the best other start',
      text: [
        'Dice over test images with a lesion, then over all (an empty mask found empty counts 1, a lesion invented on one 0), of a U-Net whose encoder starts from a training with grades (`supcon`, `conpro`, `semise`), without (`simclr`), or from `scratch`. The rival is the one with the best mean of those that were run on more than half of the seeds of `semise`, which favours the rivals.',
        READING,
        'A seed draws the masks that training sees, the weights and, where the data set has no split of its own, the split by subject. p: corrected resampled t-test, Holm-adjusted over all rivals of the row.',
      ],
      tables: CLAIMED.map(([metric, caption]) => ({
        caption,
        head: claimHead('best other start'),
        rows: all.flatMap((place) => ENDINGS.flatMap((ending) => against(place, ending, metric))),
      })),
    },
    {
      id: 'segmentation-methods',
      title: 'Segmentation: every start',
      text: [
        MEANS,
        'Distances are at the size of the image. Two endings learn from images without masks, too: `-presence` from their grades, `-consistency` from the pixels alone; `-presence-consistency` from both.',
      ],
      tables: [
        ...all.map(methodTable),
        failedRuns(
          rows
            .filter(({ error }) => error !== undefined)
            .map((row) => ({ ...row, name: `${placeName(row)}, ${row.method}, seed ${row.seed}` })),
        ),
      ],
    },
  ];
}
