// The public sets that `semise import --preset` knows.

import { aptos2019 } from './aptos2019.js';
import { busi } from './busi.js';
import { deepdrid } from './deepdrid.js';
import { eyepacs } from './eyepacs.js';
import { idridGrading, idridSegmentation } from './idrid.js';
import { isic2017, isic2018, isic2018Segmentation } from './isic.js';
import { kvasirSeg } from './kvasir-seg.js';
import { medmnist, retinamnist } from './medmnist.js';
import { messidor2 } from './messidor2.js';
import { oaiKnee } from './oai-knee.js';
import { papilledema } from './papilledema.js';
import type { Preset } from './preset.js';
import { vindrMammo } from './vindr-mammo.js';

export type { Part, Preset, TableRule } from './preset.js';

export const PRESETS: readonly Preset[] = [
  aptos2019,
  busi,
  deepdrid,
  eyepacs,
  idridGrading,
  idridSegmentation,
  isic2017,
  isic2018,
  isic2018Segmentation,
  kvasirSeg,
  medmnist,
  messidor2,
  oaiKnee,
  papilledema,
  retinamnist,
  vindrMammo,
];

export const PRESET_NAMES: readonly string[] = PRESETS.map(({ name }) => name);
