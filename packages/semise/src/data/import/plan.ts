// Which files of a source are images, which their masks, and what their paths tell.

import { InputError } from '../../errors.js';
import { claimsPicture } from '../decode/format.js';
import type { Part, Preset } from '../presets/index.js';
import { splitOf } from './fields.js';
import type { Source, SourceFile } from './files.js';

export interface PlannedImage {
  readonly file: SourceFile;
  readonly part: Part;
  /** Joins the image with masks and tables; lower case. */
  readonly key: string;
  /** What the path and the part tell: subject, grade, split, site, attributes. */
  readonly fields: Readonly<Record<string, string>>;
  readonly masks: readonly SourceFile[];
}

export interface Plan {
  readonly images: readonly PlannedImage[];
  /** Files that are neither image nor mask: tables, papers, programs. */
  readonly others: readonly SourceFile[];
  readonly notes: readonly string[];
}

/** What surely is no image, by its ending. */
const NO_IMAGE =
  /\.(csv|tsv|xlsx?|ods|txt|md|rst|json|ya?ml|xml|html?|pdf|docx?|pptx?|py|ipynb|m|mat|r|log|db|zip|gz|tgz|tar|7z|rar|sha256|license)$|(^|\/)(readme|license|copying|checksums?)$/i;

export const stemOf = (path: string): string =>
  (path.split(/[/\\]/).at(-1) ?? '').replace(
    /(\.nii)?\.(png|jpe?g|tiff?|dcm|dicom|dic|ima|nii|gz|npz|bmp)$/i,
    '',
  );

/** By the rules of a preset. @throws InputError if the source holds none of its images */
export function planByPreset(source: Source, preset: Preset): Plan {
  const images: PlannedImage[] = [];
  const others: SourceFile[] = [];
  const masks = new Map<string, SourceFile[]>();
  for (const file of source.files) {
    const part = preset.parts.find(
      ({ images, masks }) => !masks?.test(file.path) && images.test(file.path),
    );
    if (part) {
      const { key = stemOf(file.path), ...fields } = groupsOf(part.images, file.path);
      images.push({
        file,
        part,
        key: key.toLowerCase(),
        fields: { ...part.fixed, ...fields },
        masks: [],
      });
      continue;
    }
    const index = preset.parts.findIndex(({ masks }) => masks?.test(file.path));
    if (index < 0) {
      others.push(file);
      continue;
    }
    const { key = stemOf(file.path) } = groupsOf(preset.parts[index].masks as RegExp, file.path);
    const name = `${index}/${key.toLowerCase()}`;
    masks.set(name, [...(masks.get(name) ?? []), file]);
  }
  if (images.length === 0)
    throw new InputError(
      `no image of ${preset.title} in the source; it is expected laid out as on ${preset.source}`,
    );
  return {
    images: images.map((image) => ({
      ...image,
      masks: masks.get(`${preset.parts.indexOf(image.part)}/${image.key}`) ?? [],
    })),
    others,
    notes: preset.notes,
  };
}

export interface PlanRules {
  /** Words that grades are called, the healthiest first. */
  readonly order: readonly string[];
  /** What of an image's path is the subject: the first group, or all that matches. */
  readonly subject: RegExp | null;
  /** Whether class folders are to be looked for: not where a sheet gives the grades. */
  readonly classFolders: boolean;
}

const ANY: Part = { images: /^/ };
const MASK_NAME = /^(.+?)[-_ ](mask|seg|segmentation)([-_ ]?\d+)?$/i;
const MASK_FOLDER = /^(masks?|labelsTr|segmentations?|groundtruths?)$/i;
const DULL_FOLDER = /^(images?|imagesTr|imgs?|png|jpe?g|dicom|data|files)$/i;

/** For any folder or archive: masks by their names, splits and classes by their folders. */
export function planByNames(source: Source, rules: PlanRules): Plan {
  const others = source.files.filter(({ path }) => NO_IMAGE.test(path) && !claimsPicture(path));
  const left = new Set(others);
  const candidates = source.files.filter((file) => !left.has(file));
  const masks = masksOf(candidates);
  const isMask = new Set([...masks.values()].flat());
  const images = candidates.filter((file) => !isMask.has(file));
  const { classes, notes } = classesOf(images, rules);
  return {
    images: images.map((file) => {
      const segments = file.path.split('/').slice(0, -1);
      const subject = rules.subject?.exec(file.path);
      const split = segments.map(splitOf).find((word) => word !== '');
      const grade = classes.get(segments.at(-1)?.toLowerCase() ?? '');
      return {
        file,
        part: ANY,
        key: stemOf(file.path).toLowerCase(),
        fields: {
          ...(subject && { subject: subject[1] ?? subject[0] }),
          ...(split && { split }),
          ...(grade !== undefined && { grade: String(grade) }),
        },
        masks: masks.get(file.path) ?? [],
      };
    }),
    others,
    notes,
  };
}

/** The masks of each image, by the image's path: `x_mask.png` beside `x.png`, `masks/x.png` of `images/x.png`. */
function masksOf(files: readonly SourceFile[]): Map<string, SourceFile[]> {
  const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/') + 1);
  const upper = (path: string) => folderOf(folderOf(path).slice(0, -1));
  const inMasks = ({ path }: SourceFile) =>
    MASK_FOLDER.test(folderOf(path).slice(0, -1).split('/').at(-1) ?? '');
  const named = new Map<string, string>();
  for (const file of files) {
    if (inMasks(file)) continue;
    const stem = stemOf(file.path).toLowerCase();
    named.set(`${folderOf(file.path)}\0${stem}`, file.path);
    // Beside a folder of masks; MSD numbers the channels of an image: x_0000.nii.gz.
    named.set(`${upper(file.path)}/\0${stem.replace(/_0000$/, '')}`, file.path);
  }
  const masks = new Map<string, SourceFile[]>();
  for (const file of files) {
    const stem = stemOf(file.path).toLowerCase();
    const own = MASK_NAME.exec(stem)?.[1];
    const image = inMasks(file)
      ? (named.get(`${upper(file.path)}/\0${stem}`) ?? named.get(`${upper(file.path)}/\0${own}`))
      : own && named.get(`${folderOf(file.path)}\0${own}`);
    if (image) masks.set(image, [...(masks.get(image) ?? []), file]);
  }
  return masks;
}

/** Grades by the folders that images lie in: numbers, or words whose order was given. */
function classesOf(images: readonly SourceFile[], { order, classFolders }: PlanRules) {
  const classes = new Map<string, number>();
  const notes: string[] = [];
  if (!classFolders) return { classes, notes };
  const folders = new Set(
    images
      .map(({ path }) => path.split('/').at(-2)?.toLowerCase() ?? '')
      .filter((name) => name !== '' && !DULL_FOLDER.test(name) && splitOf(name) === ''),
  );
  const words = order.map((word) => word.toLowerCase());
  for (const folder of folders) {
    const grade =
      words.length > 0 ? words.indexOf(folder) : /^\d{1,2}$/.test(folder) ? +folder : -1;
    if (grade >= 0) classes.set(folder, grade);
  }
  const missing = words.filter((word) => !folders.has(word));
  if (words.length > 0 && missing.length === words.length)
    throw new InputError(
      `--order ${order.join(',')}: no folder is called so; found ${[...folders].slice(0, 10).join(', ')}`,
    );
  if (classes.size === 0 && folders.size >= 2 && folders.size <= 20)
    notes.push(
      `Folders ${[...folders].sort().join(', ')} were not taken for grades: give their order, healthy first, with --order.`,
    );
  return { classes, notes };
}

const groupsOf = (pattern: RegExp, path: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(pattern.exec(path)?.groups ?? {}).filter(([, value]) => value !== undefined),
  );
