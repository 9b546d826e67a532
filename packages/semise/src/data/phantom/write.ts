// Writes a phantom cohort: plan, draw, encode, tables. All of it goes to a temporary folder beside the
// target that is renamed at the end, so that no half cohort is ever found under the target's name.

import { mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'csv-stringify/sync';
import sharp from 'sharp';
import { makeFolder, unwritable } from '../../atomic.js';
import { InputError } from '../../errors.js';
import { type PhantomImage, planCohort } from './cohort.js';
import { comparePairs } from './comparisons.js';
import { drawFundus } from './fundus.js';
import { checkOptions, difficultyLevel, PHANTOM_DEFAULTS, type PhantomOptions } from './options.js';
import type { Look, Picture } from './picture.js';
import { drawUltrasound } from './ultrasound.js';

/** What was written, paths as given by `out`. */
export interface PhantomFiles {
  folder: string;
  /** labels.csv: image, subject, grade, split, mask, site, age, sex, device. */
  labels: string;
  /** comparisons.csv: more_severe, less_severe, rater. */
  comparisons: string;
  /** truth.csv: image, subject, severity, grade, lesions, lesion_area (pixels). */
  truth: string;
  images: number;
  subjects: number;
}

/** Images drawn while others are being encoded. */
const BATCH = 8;

/**
 * Draws a cohort of synthetic patients whose true severity is known, and writes it as an ordinary
 * data folder. The same options give the same bytes.
 *
 * @throws InputError for an option out of bounds, or where `out` exists and is not an empty folder.
 */
export async function writePhantom(
  given: Pick<PhantomOptions, 'out'> & Partial<PhantomOptions>,
): Promise<PhantomFiles> {
  const options: PhantomOptions = { ...PHANTOM_DEFAULTS, ...given };
  checkOptions(options);
  const folder = options.out;
  const existed = await refuseUsedFolder(folder);
  const images = planCohort(options);
  const answers = comparePairs(images, options);

  const draft = `${path.resolve(folder)}.partial-${process.pid}`;
  try {
    await makeFolder(path.join(draft, 'images'));
    if (options.masks) await mkdir(path.join(draft, 'masks'));
    const truth = await writeImages(draft, images, options);
    await writeTable(draft, 'truth.csv', truth);
    await writeTable(draft, 'labels.csv', labelRows(images, options));
    await writeTable(draft, 'comparisons.csv', [
      ['more_severe', 'less_severe', 'rater'],
      ...answers.map(({ moreSevere, lessSevere, rater }) => [
        imageFile(moreSevere, options),
        imageFile(lessSevere, options),
        rater,
      ]),
    ]);
    if (existed) await rmdir(folder);
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => {});
    throw unwritable(folder, error as NodeJS.ErrnoException);
  }
  return {
    folder,
    labels: path.join(folder, 'labels.csv'),
    comparisons: path.join(folder, 'comparisons.csv'),
    truth: path.join(folder, 'truth.csv'),
    images: images.length,
    subjects: options.subjects,
  };
}

/** True where the folder exists and is empty, false where there is none. */
async function refuseUsedFolder(folder: string): Promise<boolean> {
  try {
    if ((await readdir(folder)).length > 0)
      throw new InputError(`${folder}: the folder is not empty; remove it or choose another`);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return false;
    if (code === 'ENOTDIR')
      throw new InputError(`${folder}: is not a folder; remove it or choose another`);
    throw error;
  }
}

/** Draws and encodes every image; returns the rows of truth.csv. */
async function writeImages(
  draft: string,
  images: PhantomImage[],
  options: PhantomOptions,
): Promise<(string | number)[][]> {
  const look: Look = {
    seed: options.seed,
    size: options.size,
    difficulty: difficultyLevel(options.difficulty),
    onset: 1 / options.grades,
    marker: options.device === 'B' || (options.confounders.deviceMarker ?? false),
    agedLens: options.agedLens || (options.confounders.ageSeverity ?? false),
  };
  const draw = options.modality === 'fundus' ? drawFundus : drawUltrasound;
  const rows: (string | number)[][] = [
    ['image', 'subject', 'severity', 'grade', 'lesions', 'lesion_area'],
  ];
  const write = async (image: PhantomImage) => {
    const picture = draw(look, image);
    await writeFile(path.join(draft, imageFile(image, options)), await encode(picture));
    if (options.masks)
      await writeFile(path.join(draft, maskFile(image)), await encodeMask(picture));
    return [
      imageFile(image, options),
      image.subject.id,
      image.severity.toFixed(5),
      image.grade,
      picture.lesions,
      picture.mask.reduce((area, value) => area + (value > 0 ? 1 : 0), 0),
    ];
  };
  for (let start = 0; start < images.length; start += BATCH) {
    const batch = await Promise.allSettled(images.slice(start, start + BATCH).map(write));
    for (const outcome of batch) {
      if (outcome.status === 'rejected') throw outcome.reason;
      rows.push(outcome.value);
    }
    options.onProgress?.(Math.min(start + BATCH, images.length), images.length);
  }
  return rows;
}

function labelRows(images: PhantomImage[], options: PhantomOptions): (string | number)[][] {
  return [
    ['image', 'subject', 'grade', 'split', 'mask', 'site', 'age', 'sex', 'device'],
    ...images.map((image) => {
      const { id, split, site, age, sex, device } = image.subject;
      return [
        imageFile(image, options),
        id,
        image.graded ? image.read : '',
        split,
        options.masks ? maskFile(image) : '',
        `site-${site}`,
        age,
        sex,
        `device-${device}`,
      ];
    }),
  ];
}

/** Photographs are kept as JPEG, as cameras do; ultrasound frames and masks as PNG. */
function imageFile(image: PhantomImage, { modality }: PhantomOptions): string {
  return `images/${image.name}.${modality === 'fundus' ? 'jpg' : 'png'}`;
}

function maskFile(image: PhantomImage): string {
  return `masks/${image.name}.png`;
}

function encode({ pixels, size, channels }: Picture): Promise<Buffer> {
  const raw = sharp(pixels, { raw: { width: size, height: size, channels } });
  return channels === 3
    ? raw.jpeg({ quality: 92, chromaSubsampling: '4:4:4' }).toBuffer()
    : raw.toColourspace('b-w').png({ compressionLevel: 6 }).toBuffer();
}

function encodeMask({ mask, size }: Picture): Promise<Buffer> {
  return sharp(mask, { raw: { width: size, height: size, channels: 1 } })
    .toColourspace('b-w')
    .png({ compressionLevel: 6 })
    .toBuffer();
}

function writeTable(draft: string, name: string, rows: (string | number)[][]): Promise<void> {
  return writeFile(path.join(draft, name), stringify(rows));
}
