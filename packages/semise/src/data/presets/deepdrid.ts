// DeepDRiD, regular fundus photographs: two views of both eyes of each patient, retinopathy 0 to 4.
// Layout: https://github.com/deepdrdoc/DeepDRiD (README, and its csv files)
//   regular_fundus_images/regular-fundus-training/regular-fundus-training.csv (patient_id, image_id,
//   image_path, Overall quality, left_eye_DR_Level, right_eye_DR_Level, patient_DR_Level, ...),
//   .../Images/1/1_l1.jpg; the same for validation. A row holds the grade of its own eye alone.
// The online evaluation set has no grades there and is left out, and so are the ultra-widefield images.

import type { Part, Preset } from './preset.js';

const part = (folder: string, split: string): Part => ({
  images: new RegExp(
    `(^|/)regular-fundus-${folder}/Images/(?<subject>\\d+)/(?<key>\\d+_(?<eye>[lr])\\d)\\.jpg$`,
    'i',
  ),
  fixed: { split },
  tables: [
    {
      file: new RegExp(`(^|/)regular-fundus-${folder}\\.csv$`, 'i'),
      key: 'image_id',
      columns: {
        grade: ['left_eye_DR_Level', 'right_eye_DR_Level'],
        quality: 'Overall quality',
      },
    },
  ],
});

export const deepdrid: Preset = {
  name: 'deepdrid',
  title: 'DeepDRiD (regular fundus)',
  source: 'https://github.com/deepdrdoc/DeepDRiD',
  parts: [part('training', 'train'), part('validation', 'validation')],
  notes: ['The published grades hold no test set: semise cuts one from the training patients.'],
};
