// VinDr-Mammo: full-field digital mammograms (DICOM), BI-RADS 1 to 5 a breast.
// Layout: https://physionet.org/content/vindr-mammo/1.0.0/
//   images/<study_id>/<image_id>.dicom, breast-level_annotations.csv (study_id, series_id, image_id,
//   laterality, view_position, height, width, breast_birads, breast_density, split)
// A study is one woman's visit, and the only patient id that is published.

import type { Preset } from './preset.js';

export const vindrMammo: Preset = {
  name: 'vindr-mammo',
  title: 'VinDr-Mammo',
  source: 'https://physionet.org/content/vindr-mammo/1.0.0/',
  parts: [
    {
      images: /(^|\/)images\/(?<subject>[0-9a-f]+)\/(?<key>[0-9a-f]+)\.(dicom|dcm|png)$/i,
      tables: [
        {
          file: /(^|\/)breast-level_annotations\.csv$/i,
          key: 'image_id',
          columns: {
            subject: 'study_id',
            grade: 'breast_birads',
            split: 'split',
            laterality: 'laterality',
            view_position: 'view_position',
            density: 'breast_density',
          },
        },
      ],
      grades: {
        'bi-rads 1': 0,
        'bi-rads 2': 1,
        'bi-rads 3': 2,
        'bi-rads 4': 3,
        'bi-rads 5': 4,
      },
    },
  ],
  notes: ['Grade 0 is BI-RADS 1 (negative), grade 4 is BI-RADS 5.'],
};
