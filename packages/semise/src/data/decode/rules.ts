// How files that hold more than one picture, or more than 8 bits, become pictures; and what comes out.

import type { Limits, Picture } from './picture.js';

export type Plane = 'axial' | 'coronal' | 'sagittal';

/** Which slices of a volume, or frames of a series, become pictures. */
export type SliceRule =
  /** The one halfway. */
  | 'middle'
  | 'all'
  /** The one with most voxels in the mask. */
  | 'largest-mask'
  /** One in n, the first n / 2 slices from the end. */
  | { readonly every: number };

/** Which values span black to white. */
export type Window =
  /** Lowest to highest value of the file. */
  | 'range'
  /** All values that the pixel format could hold: nothing is changed. */
  | 'full'
  /** What the file says (DICOM's VOI LUT or window, NIfTI's cal_min and cal_max), else `range`. */
  | 'file'
  | { readonly center: number; readonly width: number };

/** The slices, of so many, that a rule takes which looks at their number alone. */
export function indicesOf(rule: Exclude<SliceRule, 'largest-mask'>, count: number): number[] {
  if (rule === 'middle') return [Math.floor(count / 2)];
  const step = rule === 'all' ? 1 : Math.min(rule.every, count);
  const all = Array.from({ length: count }, (_, i) => i);
  return all.filter((i) => i % step === Math.floor(step / 2));
}

export interface DecodeRules {
  /** Which slices of a volume, and frames of a series, become pictures. */
  readonly slices: SliceRule;
  /** How volumes are cut. */
  readonly plane: Plane;
  readonly window: Window;
  readonly limits: Limits;
}

export interface Decoded {
  readonly picture: Picture;
  /** Tells pictures of one file apart, e.g. `z012`; '' where there is one alone. */
  readonly part: string;
  /** The picture's mask, of volumes whose mask was given. */
  readonly mask: Picture | null;
  /** What the file says of the image, e.g. age; no identifiers. */
  readonly attributes: Readonly<Record<string, string>>;
  /** What the file says of the patient (DICOM): for hashing, never to be written. */
  readonly identifiers: Identifiers | null;
}

/** Direct identifiers of the patient and the image. */
export interface Identifiers {
  readonly patient: string | null;
  /** Unique identifiers of study, series and image, by which a sheet may name them. */
  readonly uids: readonly string[];
  readonly institution: string | null;
  /** YYYY-MM-DD. */
  readonly studyDate: string | null;
}
