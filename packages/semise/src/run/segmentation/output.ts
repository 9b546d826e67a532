// What a segmentation of single files leaves on disk: masks, overlays, and a table.

import { basename, extname, join } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import sharp from 'sharp';
import { wholeFolder, writeWhole } from '../../atomic.js';
import type { Mask } from '../../data/index.js';
import { InputError } from '../../errors.js';
import { overlay } from '../../report/segmentation/overlay.js';
import type { LesionSummary, Spacing } from '../../tasks/index.js';
import { niftiMask } from './nifti.js';
import { openPicture } from './picture.js';
import { openSegmentation } from './predict.js';

export interface SegmentationOutput {
  /** Folder to write; it must not exist. */
  readonly out: string;
  /** Also masks as .nii.gz. */
  readonly nifti?: boolean;
  /** Overlay pictures; true, unless told. */
  readonly overlay?: boolean;
  /** Averages over mirror images; true, unless told. */
  readonly flips?: boolean;
  /** mm between pixels of files that do not tell it. */
  readonly spacing?: Spacing;
}

export interface SegmentedLine extends LesionSummary {
  readonly image: string;
  readonly score: number | null;
  /** Names of the files that were written for it. */
  readonly files: readonly string[];
}

/** Longest edge of an overlay in pixels. */
const OVERLAY = 1024;

/**
 * Segments files into a folder: of each image NAME the mask `NAME.mask.png` at the image's own size (0 and
 * 255, or class numbers where there are several), `NAME.overlay.png`, of DICOM files `NAME.seg.dcm`, and
 * `lesions.csv` of all. The folder appears whole or not at all.
 * @throws InputError if a file cannot be read, or two would be written under one name
 */
export async function segmentFiles(
  run: string,
  files: readonly string[],
  options: SegmentationOutput,
  onProgress?: (done: number, total: number) => void,
): Promise<SegmentedLine[]> {
  const names = files.map((file) => basename(file, extname(file)));
  const twice = names.findIndex((name, i) => names.indexOf(name) !== i);
  if (twice >= 0) {
    throw new InputError(
      `${files[names.indexOf(names[twice])]} and ${files[twice]}: both would be written as ${names[twice]}.mask.png; segment them into folders of their own`,
    );
  }
  const segmentation = await openSegmentation(run, options);
  const lines: SegmentedLine[] = [];
  try {
    await wholeFolder(options.out, async (folder) => {
      for (const [i, file] of files.entries()) {
        const picture = await openPicture(file);
        const spacing = picture.spacing ?? options.spacing ?? null;
        const { mask, score, ...summary } = await segmentation.segment(picture, spacing);
        const written = new Map<string, Uint8Array>([
          [`${names[i]}.mask.png`, await maskPng(mask, segmentation.config.training.classes)],
        ]);
        if (options.overlay ?? true) {
          const shown = await overlay(picture.bytes, mask, { size: OVERLAY });
          written.set(`${names[i]}.overlay.png`, await shown.png().toBuffer());
        }
        if (options.nifti) written.set(`${names[i]}.nii.gz`, niftiMask(mask, spacing));
        for (const [name, bytes] of written) await writeWhole(join(folder, name), bytes);
        lines.push({ image: file, ...summary, score, files: [...written.keys()] });
        onProgress?.(i + 1, files.length);
      }
      await writeWhole(join(folder, 'lesions.csv'), table(lines));
    });
    return lines;
  } finally {
    await segmentation.close();
  }
}

/** White lesions for two classes, class numbers for more. */
const maskPng = ({ width, height, classes }: Mask, count: number): Promise<Buffer> =>
  sharp(count === 2 ? classes.map((c) => c * 255) : classes, {
    raw: { width, height, channels: 1 },
  })
    .toColourspace('b-w')
    .png()
    .toBuffer();

const table = (lines: readonly SegmentedLine[]): string =>
  stringify(
    lines.map(({ image, lesions, area, areaMm2, burden, score }) => ({
      image,
      lesions,
      area_px: area,
      area_mm2: areaMm2 ?? '',
      burden,
      score: score ?? '',
    })),
    { header: true },
  );
