// Are the maps worth looking at? Faithfulness (deletion, insertion), agreement with the expert's outlines,
// and whether a model that has lost what it learnt still gives the same maps.

import type { Engine } from '@semise/autograd';
import jStat from 'jstat';
import type { Estimate } from '../evaluation/evaluate.js';
import { ELSEWHERE } from '../models/index.js';
import { random } from '../random.js';
import type { TrainedModel } from '../tasks/index.js';
import { type Explanation, type MapMethod, openExplainer } from './explainer.js';
import { byChance, centreMap, type Localisation, localisation } from './localisation.js';
import { meanOverSubjects } from './mean.js';
import { area, blocksOf, orderOf, perturbationCurves } from './perturbation.js';
import { PARTS, type Part, shuffledDownTo } from './randomise.js';
import { openScores, type Scores } from './scores.js';
import { rankCorrelation, structuralSimilarity } from './similarity.js';

/** An image to check maps on. */
export interface CheckedImage {
  readonly subject: string;
  /** [C, S, S], 0..255. */
  readonly pixels: Uint8Array;
  /** [S, S], 0 = background; null where nobody outlined anything. */
  readonly mask: Uint8Array | null;
}

/** Areas under curves of the score above the baseline's, in spreads of the score over the images. */
export interface Faithfulness {
  readonly deletion: Estimate;
  readonly insertion: Estimate;
  /** How far the score falls below that of deletion in random order, on average; > 0 is faithful. */
  readonly deletionGain: Estimate;
  /** How far it rises above that of insertion in random order; > 0 is faithful. */
  readonly insertionGain: Estimate;
}

/** Maps of a model without what it learnt, beside those of the model itself. */
export interface Sanity {
  readonly method: MapMethod;
  /** The part down to which weights are shuffled. */
  readonly part: Part;
  readonly rankCorrelation: Estimate;
  readonly ssim: Estimate;
}

export interface ExplanationCheck {
  readonly images: number;
  readonly subjects: number;
  /** Images with an outlined lesion. */
  readonly masked: number;
  readonly faithfulness: Readonly<Partial<Record<MapMethod, Faithfulness>>>;
  /** In random order. */
  readonly random: Pick<Faithfulness, 'deletion' | 'insertion'>;
  /** Null without masks; `centre` is a map of no model, brighter towards the middle. */
  readonly localisation: Readonly<
    Partial<Record<MapMethod | 'centre' | 'chance', Record<keyof Localisation, Estimate>>>
  > | null;
  /** Rank correlation of the maps of gradients with that of occlusion. */
  readonly agreement: Readonly<Partial<Record<MapMethod, Estimate>>>;
  /** |sum of integrated gradients - (score - baseline's)|, in spreads of the score; null without them. */
  readonly incompleteness: Estimate | null;
  readonly sanity: readonly Sanity[];
}

export interface CheckOptions {
  readonly methods: readonly MapMethod[];
  readonly scores: Scores;
  readonly side: number;
  readonly seed: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Images that models without what they learnt are tried on: each costs as much as the rest together. */
const SANITY_IMAGES = 16;
/** Random orders of each image. */
const ORDERS = 2;

/** @param images of one model's kind; those with masks say most */
export async function checkExplanations(
  engine: Engine,
  model: TrainedModel,
  images: readonly CheckedImage[],
  options: CheckOptions,
): Promise<ExplanationCheck> {
  const { methods, scores, side, seed, onProgress } = options;
  const subjects = images.map(({ subject }) => subject);
  const mean: Mean = (values, of = subjects) => meanOverSubjects(values, of, seed);
  const shuffles = model.config.encoder === ELSEWHERE ? [] : PARTS;
  const tried = images.slice(0, SANITY_IMAGES);
  const total = images.length + shuffles.length * tried.length;
  let done = 0;
  const tick = () => onProgress?.(++done, total);

  const explainer = await openExplainer(engine, model, { methods, scores, side });
  const { baseline } = explainer;
  const explained: Explanation[] = [];
  const areas: Partial<Record<MapMethod | 'random', { deletion: number; insertion: number }[]>> =
    {};
  const blocks = blocksOf(side);
  const measure = async (i: number, order: readonly number[]) => {
    const curves = await perturbationCurves(images[i].pixels, baseline, side, order, scores);
    const { baselineScore } = explained[i];
    return {
      deletion: area(curves.deletion) - baselineScore,
      insertion: area(curves.insertion) - baselineScore,
    };
  };
  for (const [i, { pixels }] of images.entries()) {
    const explanation = await explainer.explain(pixels);
    explained.push(explanation);
    for (const method of methods) {
      const map = explanation.maps[method] as Float32Array;
      areas[method] ??= [];
      areas[method].push(await measure(i, orderOf(map, blocks)));
    }
    const orders: { deletion: number; insertion: number }[] = [];
    for (let o = 0; o < ORDERS; o++) {
      const order = random(seed, 'order of blocks', i, o).shuffle([...blocks.keys()]);
      orders.push(await measure(i, order));
    }
    areas.random ??= [];
    areas.random.push({
      deletion: jStat.mean(orders.map(({ deletion }) => deletion)),
      insertion: jStat.mean(orders.map(({ insertion }) => insertion)),
    });
    tick();
  }
  await explainer.release();

  const spread = jStat.stdev(explained.map(({ score }) => score)) || 1;
  const chance = areas.random ?? [];
  const faithfulness = byMethod(methods, (method): Faithfulness => {
    const own = areas[method] ?? [];
    const over = (value: (i: number) => number) => mean(own.map((_, i) => value(i) / spread));
    return {
      deletion: over((i) => own[i].deletion),
      insertion: over((i) => own[i].insertion),
      deletionGain: over((i) => chance[i].deletion - own[i].deletion),
      insertionGain: over((i) => own[i].insertion - chance[i].insertion),
    };
  });
  const sanity = await sanityOf(engine, model, tried, explained, shuffles, options, tick);
  return {
    images: images.length,
    subjects: new Set(subjects).size,
    masked: images.filter(isOutlined).length,
    faithfulness,
    random: {
      deletion: mean(chance.map(({ deletion }) => deletion / spread)),
      insertion: mean(chance.map(({ insertion }) => insertion / spread)),
    },
    localisation: localisationOf(images, explained, methods, side, mean),
    agreement: methods.includes('occlusion')
      ? byMethod(
          methods.filter((m) => m !== 'occlusion'),
          (method) =>
            mean(
              explained.map(({ maps }) =>
                rankCorrelation(maps[method] as Float32Array, maps.occlusion as Float32Array),
              ),
            ),
        )
      : {},
    incompleteness: methods.includes('integrated')
      ? mean(
          explained.map(({ score, baselineScore, maps }) => {
            const sum = (maps.integrated as Float32Array).reduce((a, b) => a + b, 0);
            return Math.abs(sum - (score - baselineScore)) / spread;
          }),
        )
      : null,
    sanity,
  };
}

const isOutlined = (image: CheckedImage): image is CheckedImage & { mask: Uint8Array } =>
  image.mask?.some((c) => c > 0) ?? false;

type Mean = (values: readonly (number | null)[], of?: readonly string[]) => Estimate;

function localisationOf(
  images: readonly CheckedImage[],
  explained: readonly Explanation[],
  methods: readonly MapMethod[],
  side: number,
  mean: Mean,
): ExplanationCheck['localisation'] {
  const outlined = images.flatMap((image, i) =>
    isOutlined(image) ? [{ ...image, maps: explained[i].maps }] : [],
  );
  if (outlined.length === 0) return null;
  const subjects = outlined.map(({ subject }) => subject);
  const centre = centreMap(side);
  const found = (of: (image: (typeof outlined)[number]) => Localisation | null) => {
    const each = outlined.map(of);
    const one = (field: keyof Localisation) =>
      mean(
        each.map((e) => (e ? e[field] : null)),
        subjects,
      );
    return { pointing: one('pointing'), energy: one('energy'), iou: one('iou') };
  };
  return {
    ...byMethod(methods, (method) =>
      found(({ mask, maps }) => localisation(maps[method] as Float32Array, mask)),
    ),
    centre: found(({ mask }) => localisation(centre, mask)),
    chance: found(({ mask }) => byChance(mask)),
  };
}

/** Gradients at every part; occlusion, which costs hundreds of passes a map, at the last only. */
async function sanityOf(
  engine: Engine,
  model: TrainedModel,
  images: readonly CheckedImage[],
  explained: readonly Explanation[],
  parts: readonly Part[],
  { methods, side, seed }: CheckOptions,
  tick: () => void,
): Promise<Sanity[]> {
  const subjects = images.map(({ subject }) => subject);
  const rows: Sanity[] = [];
  for (const part of parts) {
    const wanted = methods.filter((m) => m !== 'occlusion' || part === PARTS.at(-1));
    const lost = shuffledDownTo(model, part, seed);
    const { scores, release } = await openScores(engine, lost);
    const explainer = await openExplainer(engine, lost, { methods: wanted, scores, side });
    const maps: Explanation['maps'][] = [];
    for (const { pixels } of images) {
      maps.push((await explainer.explain(pixels)).maps);
      tick();
    }
    await explainer.release();
    await release();
    for (const method of wanted) {
      const compare = (how: typeof rankCorrelation) =>
        meanOverSubjects(
          maps.map((other, i) =>
            how(explained[i].maps[method] as Float32Array, other[method] as Float32Array),
          ),
          subjects,
          seed,
        );
      rows.push({
        method,
        part,
        rankCorrelation: compare(rankCorrelation),
        ssim: compare(structuralSimilarity),
      });
    }
  }
  return rows;
}

const byMethod = <T>(
  methods: readonly MapMethod[],
  make: (method: MapMethod) => T,
): Partial<Record<MapMethod, T>> =>
  Object.fromEntries(methods.map((method) => [method, make(method)]));
