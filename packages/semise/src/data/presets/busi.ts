// BUSI: breast ultrasound images with outlines of the lesions.
// Layout: W. Al-Dhabyani et al., Data in Brief 28:104863, 2020 (doi 10.1016/j.dib.2019.104863)
//   Dataset_BUSI_with_GT/{normal,benign,malignant}/benign (1).png, benign (1)_mask.png, and for further
//   lesions benign (4)_mask_1.png
// 600 women, but no patient ids; the set is known to hold repeats.

import type { Preset } from './preset.js';

export const busi: Preset = {
  name: 'busi',
  title: 'BUSI, breast ultrasound',
  source: 'https://doi.org/10.1016/j.dib.2019.104863',
  parts: [
    {
      images:
        /(^|\/)(?<grade>normal|benign|malignant)\/(?<key>(normal|benign|malignant) \(\d+\))\.png$/i,
      masks:
        /(^|\/)(normal|benign|malignant)\/(?<key>(normal|benign|malignant) \(\d+\))_mask(_\d+)?\.png$/i,
      grades: { normal: 0, benign: 1, malignant: 2 },
    },
  ],
  notes: [
    'Diagnoses, ordered by what follows for the patient: normal 0, benign 1, malignant 2.',
    'No patient ids are published, and several images show one lesion: see the near-duplicates.',
  ],
};
