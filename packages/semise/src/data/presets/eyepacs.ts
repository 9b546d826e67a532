// Kaggle Diabetic Retinopathy Detection (EyePACS, 2015): fundus photographs, retinopathy 0 to 4.
// Layout: https://www.kaggle.com/competitions/diabetic-retinopathy-detection/data
//   trainLabels.csv (image, level), train/10_left.jpeg; the test grades were published after the
//   competition as retinopathy_solution.csv (image, level, Usage), test/1_left.jpeg.
// The number before the eye is the patient.

import type { Preset } from './preset.js';

const images = (split: string) =>
  new RegExp(`(^|/)${split}/(?<key>(?<subject>\\d+)_(?<eye>left|right))\\.(jpe?g|png)$`, 'i');

export const eyepacs: Preset = {
  name: 'eyepacs',
  title: 'Kaggle Diabetic Retinopathy Detection (EyePACS)',
  source: 'https://www.kaggle.com/competitions/diabetic-retinopathy-detection/data',
  parts: [
    {
      images: images('train'),
      fixed: { split: 'train' },
      tables: [{ file: /(^|\/)trainLabels\.csv$/i, key: 'image', columns: { grade: 'level' } }],
    },
    {
      images: images('test'),
      fixed: { split: 'test' },
      tables: [
        {
          file: /(^|\/)retinopathy_solution\.csv$/i,
          key: 'image',
          columns: { grade: 'level', usage: 'Usage' },
          optional: true,
        },
      ],
    },
  ],
  notes: ['The grades are known to be noisy.'],
};
