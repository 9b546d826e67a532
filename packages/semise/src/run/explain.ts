// Why a run's model gives images their score: maps over the images, and graded training images beside them.

import { basename, dirname, extname, join, resolve } from 'node:path';
import { wholeFolder, writeJson, writeWhole } from '../atomic.js';
import { openImageCache } from '../data/index.js';
import { readTable } from '../data/table.js';
import { InputError } from '../errors.js';
import {
  type Explainer,
  type Explanation,
  type Known,
  MAP_METHODS,
  type MapMethod,
  mapOverlay,
  type Neighbours,
  neighbours,
  openExplainer,
  type Scores,
  smooth,
  strengthOf,
} from '../explanation/index.js';
import { ELSEWHERE } from '../models/index.js';
import { thumbnail } from '../report/examples.js';
import type { Language } from '../report/language.js';
import type { ExplainedImage, NeighbourImage } from '../report/report-data.js';
import type { ImageAnswer, TrainedModel } from '../tasks/index.js';
import type { RunConfig } from './config.js';
import { RUN_FILES } from './files.js';
import { type OpenRun, openRun } from './predict.js';
import { openPicture } from './segmentation/picture.js';
import { readTrainedModel } from './trained-model.js';

export interface ExplainOptions {
  /** Folder to write; it must not exist. */
  readonly out: string;
  /** All that the model allows, unless told. */
  readonly methods?: readonly MapMethod[];
  /** An image file to compare with, instead of the mean healthy image. */
  readonly compare?: string;
  /** Of the page; English unless told. */
  readonly language?: Language;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface NeighbourLine {
  readonly image: string;
  readonly grade: number;
  readonly score: number;
}

/** What `explanations.json` says of an image. */
export interface ExplainedLine {
  readonly image: string;
  readonly grade: number;
  readonly score: number;
  readonly probabilities: readonly number[];
  /** What it is compared with: an image, or null for the mean healthy image. */
  readonly compared: string | null;
  readonly baselineScore: number;
  /** The sum of integrated gradients: score - baselineScore, up to the error of the steps; null without. */
  readonly integratedSum: number | null;
  /** Picture of each map. */
  readonly maps: Readonly<Partial<Record<MapMethod, string>>>;
  /** Graded training images; null where the run's images are no longer there. */
  readonly neighbours: Readonly<Record<keyof Neighbours<Known>, readonly NeighbourLine[]>> | null;
}

/** Images beside each, in each of the three ways. */
const NEIGHBOURS = 2;
/** Graded training images to look among. */
const MOST_KNOWN = 2000;
/** Longest edge of a picture in the page. */
const PAGE_PICTURE = 256;

/** The methods that a run's model allows: an encoder elsewhere has no gradients. */
export const methodsOf = ({ training }: Pick<RunConfig, 'training'>): readonly MapMethod[] =>
  training.encoder === ELSEWHERE ? ['occlusion'] : MAP_METHODS;

/**
 * Explains image files into a folder: of each image NAME the pictures `NAME.gradcam.png`,
 * `NAME.integrated.png` and `NAME.occlusion.png` at the image's own size, and for all `explain.html` and
 * `explanations.json`. The folder appears whole or not at all.
 * @throws InputError if a file cannot be read, two would be written under one name, or the model has no
 *   gradients and they are asked for
 */
export async function explainFiles(
  folder: string,
  files: readonly string[],
  options: ExplainOptions,
): Promise<ExplainedLine[]> {
  const names = files.map((file) => basename(file, extname(file)));
  const twice = names.findIndex((name, i) => names.indexOf(name) !== i);
  if (twice >= 0) {
    throw new InputError(
      `${files[names.indexOf(names[twice])]} and ${files[twice]}: both would be written as ${names[twice]}.gradcam.png; explain them into folders of their own`,
    );
  }
  const { config, model } = await readTrainedModel(folder);
  const { compare = null, methods = methodsOf(config), language } = options;
  const decoding = decodingOf(config);
  const run = await openRun(folder);
  try {
    const baseline = compare ? await (await openPicture(compare)).decode(decoding) : undefined;
    const explainer = await openRunExplainer(run, model, methods, baseline);
    const pictures = await Promise.all(files.map(openPicture));
    const pixels = await Promise.all(pictures.map((picture) => picture.decode(decoding)));
    const answers = await run.predictPixels(pixels);
    const explained: Explanation[] = [];
    for (const image of pixels) {
      explained.push(await explainer.explain(image));
      options.onProgress?.(explained.length, files.length);
    }
    const known = await knownImages(folder, config, run);
    const beside = answers.map((answer) => known && neighbours(answer, known, NEIGHBOURS));
    const lines = files.map((file, i) =>
      lineOf(file, names[i], answers[i], explained[i], methods, compare, beside[i]),
    );
    await wholeFolder(options.out, async (out) => {
      const shown = await drawn(
        files.map((file, i) => ({
          ...answers[i],
          image: file,
          grade: null,
          predicted: answers[i].grade,
          picture: pictures[i].bytes,
          explanation: explained[i],
        })),
        methods,
        config.data.fit,
        (i, method, png) => writeWhole(join(out, `${names[i]}.${method}.png`), png),
      );
      const withNeighbours = await Promise.all(
        shown.map(async (one, i) => ({ ...one, neighbours: await pictured(beside[i]) })),
      );
      await writeJson(join(out, 'explanations.json'), lines);
      const { renderExplanation } = await import('../report/explanation-page.js');
      const page = {
        run: basename(resolve(folder)),
        created: new Date().toISOString(),
        compared: compare,
        images: withNeighbours,
      };
      await writeWhole(join(out, 'explain.html'), renderExplanation(page, language));
    });
    return lines;
  } finally {
    await run.close();
  }
}

const decodingOf = ({ training, data }: RunConfig) => ({
  size: training.imageSize,
  channels: training.channels,
  fit: data.fit,
});

/** What explains images for a run that is open. */
export const openRunExplainer = (
  run: OpenRun,
  model: TrainedModel,
  methods: readonly MapMethod[],
  baseline?: Uint8Array,
): Promise<Explainer> =>
  openExplainer(run.engine, withBaseline(model, run.config), {
    methods,
    baseline,
    side: run.config.training.imageSize,
    scores: scoresOf(run),
  });

export const scoresOf =
  (run: OpenRun): Scores =>
  async (images) =>
    (await run.predictPixels(images)).map(({ score }) => score);

/** A run whose images are features has statistics of those, not a mean colour: then black. */
function withBaseline(model: TrainedModel, { training }: RunConfig): TrainedModel {
  const { channels, imageSize } = training;
  if (model.baseline || training.encoder !== ELSEWHERE) return model;
  return { ...model, baseline: new Uint8Array(channels * imageSize ** 2) };
}

function lineOf(
  image: string,
  name: string,
  { grade, score, probabilities }: ImageAnswer,
  { baselineScore, maps }: Explanation,
  methods: readonly MapMethod[],
  compared: string | null,
  beside: Neighbours<Known> | null,
): ExplainedLine {
  const told = (known: readonly Known[]) =>
    known.map(({ image, grade, score }) => ({ image, grade, score }));
  return {
    image,
    grade,
    score,
    probabilities,
    compared,
    baselineScore,
    integratedSum: maps.integrated?.reduce((sum, value) => sum + value, 0) ?? null,
    maps: Object.fromEntries(methods.map((method) => [method, `${name}.${method}.png`])),
    neighbours: beside && {
      below: told(beside.below),
      above: told(beside.above),
      alike: told(beside.alike),
    },
  };
}

export interface Drawable
  extends Pick<ExplainedImage, 'image' | 'grade' | 'predicted' | 'score' | 'worstError'> {
  /** A picture that sharp reads. */
  readonly picture: Buffer | string;
  readonly explanation: Explanation;
}

/**
 * The images with their maps as pictures; one strength of colour is one size of effect in all of them.
 * @param write what becomes of each picture at the image's own size
 */
export async function drawn(
  images: readonly Drawable[],
  methods: readonly MapMethod[],
  fit: RunConfig['data']['fit'],
  write?: (image: number, method: MapMethod, png: Buffer) => Promise<void>,
): Promise<ExplainedImage[]> {
  const smoothed = images.map(({ explanation }) =>
    methods.map((method) => smooth(explanation.maps[method] as Float32Array)),
  );
  const strengths = methods.map((_, m) => strengthOf(smoothed.map((maps) => maps[m])));
  return Promise.all(
    images.map(async ({ picture, explanation, image, grade, predicted, score, worstError }, i) => ({
      image,
      grade,
      predicted,
      score,
      baselineScore: explanation.baselineScore,
      worstError,
      thumbnail: await thumbnail(picture, PAGE_PICTURE).catch(() => ''),
      maps: await Promise.all(
        methods.map(async (method, m) => {
          const look = { fit, strength: strengths[m] };
          if (write) {
            const whole = await mapOverlay(picture, smoothed[i][m], look);
            await write(i, method, await whole.png().toBuffer());
          }
          const small = await mapOverlay(picture, smoothed[i][m], {
            ...look,
            longest: PAGE_PICTURE,
          });
          const jpeg = await small.jpeg({ quality: 85 }).toBuffer();
          return { method, picture: `data:image/jpeg;base64,${jpeg.toString('base64')}` };
        }),
      ),
    })),
  );
}

interface KnownFile extends Known {
  readonly path: string;
}

async function pictured(
  beside: Neighbours<KnownFile> | null,
): Promise<ExplainedImage['neighbours']> {
  if (!beside) return undefined;
  const small = (known: readonly KnownFile[]): Promise<NeighbourImage[]> =>
    Promise.all(
      known.map(async ({ image, grade, score, path }) => ({
        image,
        grade,
        score,
        thumbnail: await thumbnail(path, PAGE_PICTURE / 2).catch(() => ''),
      })),
    );
  return {
    below: await small(beside.below),
    above: await small(beside.above),
    alike: await small(beside.alike),
  };
}

/** The training images whose grade training saw, where they can still be read; null where none can. */
async function knownImages(
  folder: string,
  config: RunConfig,
  run: OpenRun,
): Promise<KnownFile[] | null> {
  const columns = ['image', 'split', 'grade', 'graded'];
  const rows = await readTable(join(folder, RUN_FILES.split), columns, ['subject']);
  const graded = rows
    .map(({ values }) => values)
    .filter(({ split, graded }) => split === 'train' && graded === '1')
    .slice(0, MOST_KNOWN);
  const paths = graded.map(({ image }) => resolve(dirname(config.data.file), image));
  const cache = await openImageCache(paths, { ...decodingOf(config), skipBad: true });
  try {
    const bad = new Set(cache.bad.map(({ index }) => index));
    const there = graded.flatMap(({ image, grade }, i) =>
      bad.has(i) ? [] : [{ image, grade: Number(grade), path: paths[i], index: i }],
    );
    if (there.length === 0) return null;
    const answers = await run.predictPixels(there.map(({ index }) => cache.read(index)));
    return there.map(({ image, grade, path }, i) => {
      const { score, embedding } = answers[i];
      return { image, grade, path, score, embedding };
    });
  } finally {
    cache.close();
  }
}
