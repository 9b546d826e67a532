// Kaggle "Identification of Pseudopapilledema": fundus photographs in three folders.
// Layout: https://www.kaggle.com/datasets/shashwatwork/identification-of-pseudopapilledema
//   Normal/, Papilledema/, Pseudopapilledema/ (779, 295 and 295 images)
// Not verified here: which folders stand above these three, hence any are taken. No patient ids.

import type { Preset } from './preset.js';

export const papilledema: Preset = {
  name: 'papilledema',
  title: 'Identification of Pseudopapilledema',
  source: 'https://www.kaggle.com/datasets/shashwatwork/identification-of-pseudopapilledema',
  parts: [
    {
      images: /(^|\/)(?<grade>Normal|Papilledema|Pseudopapilledema)\/[^/]+\.(png|jpe?g|tiff?)$/i,
      grades: { normal: 0, pseudopapilledema: 1, papilledema: 2 },
    },
  ],
  notes: [
    'Three diagnoses, ordered by what follows for the patient: normal 0, pseudopapilledema 1, papilledema 2.',
    'No patient ids are published.',
  ],
};
