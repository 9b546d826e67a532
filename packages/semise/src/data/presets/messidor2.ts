// Messidor-2: macula-centred fundus photographs, one of each eye.
// Layout of the images, and of the table that pairs them: https://www.adcis.net/en/third-party/messidor2/
//   IMAGES/*.{png,JPG}, messidor-2.csv (left;right)
// Grades: https://www.kaggle.com/datasets/google-brain/messidor2-dr-grades
//   messidor_data.csv (image_id, adjudicated_dr_grade, adjudicated_dme, adjudicated_gradable)
// Not verified here: the pairing table's columns, taken from public code that reads it.

import type { Preset } from './preset.js';

export const messidor2: Preset = {
  name: 'messidor2',
  title: 'Messidor-2',
  source: 'https://www.adcis.net/en/third-party/messidor2/',
  parts: [
    {
      images: /(^|\/)IMAGES\/[^/]+\.(png|jpe?g|tiff?)$/i,
      tables: [
        {
          file: /(^|\/)messidor_data\.csv$/i,
          key: 'image_id',
          columns: {
            grade: 'adjudicated_dr_grade',
            dme: 'adjudicated_dme',
            gradable: 'adjudicated_gradable',
          },
        },
      ],
      subjects: { file: /(^|\/)messidor-2\.csv$/i, columns: ['left', 'right'] },
    },
  ],
  notes: ['Images that the graders found ungradable come in without a grade.'],
};
