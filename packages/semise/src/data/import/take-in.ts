// One source file becomes pictures on disk, measured, with what is known of them: or a reason why not.

import { join } from 'node:path';
import { writeWhole } from '../../atomic.js';
import { formatOf, HEAD } from '../decode/format.js';
import { binary, type Decoded, type DecodeRules, decodeFile } from '../decode/index.js';
import { npyItems, npyValues } from '../decode/npy.js';
import { checkSize, type Picture } from '../decode/picture.js';
import { readRaster, writePng } from '../decode/raster.js';
import { type Delivered, readOne, type Source, type SourceFile } from './files.js';
import type { Hash } from './hashing.js';
import type { Done, Taken } from './journal.js';
import { measure } from './measure.js';
import type { PlannedImage } from './plan.js';
import { openEntries } from './zip.js';

export interface TakeInRules extends DecodeRules {
  /** The folder being written; pictures come into `images/` and `masks/` there. */
  readonly folder: string;
  /** Names of what is written, by source path. */
  readonly names: ReadonlyMap<string, string>;
  /** Where names and patients are hashed. */
  readonly hash: Hash | null;
}

const VOLUME = /\.nii(\.gz)?$/i;

/** @throws only where writing fails: what is wrong with the file is in `reason` */
export async function takeIn(
  source: Source,
  image: PlannedImage,
  delivered: Delivered,
  rules: TakeInRules,
): Promise<Done> {
  const { path, stamp } = image.file;
  try {
    const taken = /\.npz$/i.test(path)
      ? await takeInArrays(image.file, rules)
      : await takeInFile(source, image, await delivered.read(), rules);
    return { path, stamp, taken, reason: null };
  } catch (error) {
    const { code, syscall, message } = error as NodeJS.ErrnoException;
    if (syscall && ['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM'].includes(code ?? ''))
      throw error;
    return { path, stamp, taken: [], reason: message.trim().replaceAll(/\s*\n\s*/g, '; ') };
  }
}

async function takeInFile(
  source: Source,
  { file, masks }: PlannedImage,
  bytes: Buffer,
  rules: TakeInRules,
): Promise<Taken[]> {
  const format = formatOf(file.path, bytes.subarray(0, HEAD));
  if (!rules.hash && format === 'dicom')
    throw new Error('is DICOM among files of other formats: give --key, to hide its names');
  const volumeMask = VOLUME.test(file.path) && masks[0] ? masks[0] : null;
  const mask = volumeMask && (await readOne(source, volumeMask.path));
  const all = await decodeFile(file.path, bytes, rules, mask);
  const asItIs =
    format === 'raster' && !rules.hash && (rules.window === 'file' || rules.window === 'full');
  const taken: Taken[] = [];
  for (const decoded of all) {
    const name = nameOf(file, decoded.part, rules);
    let image: string | null = null;
    if (!asItIs) image = await write(rules, 'images', name, decoded.picture);
    else if (file.place === null) {
      image = `images/${name}.${extensionOf(bytes)}`;
      await writeWhole(join(rules.folder, image), bytes);
    }
    taken.push({
      path: file.path,
      part: decoded.part,
      image,
      mask: decoded.mask && (await write(rules, 'masks', name, decoded.mask)),
      spacing: decoded.picture.spacing,
      measured: await measure(decoded.picture),
      ...known(decoded, rules.hash),
    });
  }
  return taken;
}

/** MedMNIST: arrays of images and labels, in the splits that their names tell. */
async function takeInArrays(file: SourceFile, rules: TakeInRules): Promise<Taken[]> {
  if (file.place === null) throw new Error('is an npz within an archive; unpack that one');
  const arrays = await openEntries(file.place, rules.limits);
  const taken: Taken[] = [];
  try {
    const splits = arrays.names.flatMap((name) => {
      const split = /^(train|val|test)_images\.npy$/.exec(name)?.[1];
      return split ? [split] : [];
    });
    if (splits.length === 0)
      throw new Error(`holds no train_images, but ${arrays.names.slice(0, 6).join(', ')}`);
    for (const split of splits) {
      const labels = arrays.names.includes(`${split}_labels.npy`)
        ? npyValues(await arrays.read(`${split}_labels.npy`))
        : null;
      // Several labels an image (ChestMNIST) are no grade.
      const graded = labels?.shape.slice(1).every((extent) => extent === 1);
      let index = 0;
      const items = npyItems(await arrays.stream(`${split}_images.npy`), rules.limits.pixels * 3);
      for await (const { header, item } of items) {
        const [, height, width, colours = 1] = header.shape;
        if (header.type !== 'u1' || header.shape.length > 4 || (colours !== 1 && colours !== 3))
          throw new Error(`its images are ${header.type} [${header.shape}], not bytes, 2-D`);
        checkSize(width, height, rules.limits);
        const picture: Picture = {
          width,
          height,
          channels: colours,
          bits: 8,
          pixels: Uint8Array.from(item),
          spacing: null,
        };
        const part = `${split}-${String(index).padStart(6, '0')}`;
        const label = graded ? labels?.values[index] : undefined;
        taken.push({
          path: file.path,
          part,
          image: await write(rules, 'images', nameOf(file, part, rules), picture),
          mask: null,
          spacing: null,
          measured: await measure(picture),
          fields: {
            split: split === 'val' ? 'validation' : split,
            ...(label !== undefined && { grade: String(label) }),
          },
          patient: null,
          uids: [],
          day: null,
        });
        index++;
      }
    }
    return taken;
  } finally {
    arrays.close();
  }
}

/**
 * Unites the masks of a picture that is no volume, and writes them: 255 where any is set.
 * @returns the mask's path within the folder
 * @throws Error with the reason, if one cannot be read or has another size than the picture
 */
export async function takeInMasks(
  source: Source,
  image: PlannedImage,
  { width, height }: { width: number; height: number },
  rules: TakeInRules,
): Promise<string> {
  let united: Picture | null = null;
  for (const { path } of image.masks) {
    const read = await readRaster(await readOne(source, path), rules.limits);
    if (read.width !== width || read.height !== height)
      throw new Error(`mask is ${read.width} x ${read.height}, the image ${width} x ${height}`);
    const mask = binary(read, /\.jpe?g$/i.test(path));
    united?.pixels.forEach((value, i) => {
      if (value > 0) mask.pixels[i] = 255;
    });
    united = mask;
  }
  if (!united) throw new Error('has no mask');
  return write(rules, 'masks', nameOf(image.file, '', rules), united);
}

function nameOf({ path }: SourceFile, part: string, { names }: TakeInRules): string {
  const name = names.get(path) as string;
  return part === '' ? name : `${name}-${part}`;
}

async function write(
  { folder }: TakeInRules,
  kind: 'images' | 'masks',
  name: string,
  picture: Picture,
): Promise<string> {
  const file = `${kind}/${name}.png`;
  await writeWhole(join(folder, file), await writePng(picture));
  return file;
}

const extensionOf = (bytes: Buffer): string => ({ 137: 'png', 255: 'jpg' })[bytes[0]] ?? 'tif';

/** What may be written of what a DICOM file tells. */
function known({ attributes, identifiers }: Decoded, hash: Hash | null) {
  const none = { fields: attributes, patient: null, uids: [], day: null };
  if (!identifiers || !hash) return none;
  const { patient, uids, institution, studyDate } = identifiers;
  const hashed = patient === null || patient.trim() === '' ? null : hash.subject(patient);
  return {
    fields: {
      ...attributes,
      ...(institution && { site: `site-${hash.name(institution).slice(0, 8)}` }),
    },
    patient: hashed,
    uids: uids.map((uid) => hash.name(uid)),
    day: studyDate && hashed ? dayOf(studyDate) - hash.shiftDays(patient as string) : null,
  };
}

/** Days since 1970. */
const dayOf = (date: string): number => Math.round(Date.parse(date) / 86_400_000);
