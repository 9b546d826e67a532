// MedMNIST and MedMNIST+: RetinaMNIST (retinopathy 0 to 4, from DeepDRiD), and any other 2-D set.
// Layout: https://medmnist.com and https://github.com/MedMNIST/MedMNIST
//   retinamnist.npz, retinamnist_{64,128,224}.npz: {train,val,test}_images, {train,val,test}_labels
// The arrays themselves say split and label; patients are not published.

import type { Preset } from './preset.js';

const NOTE = 'No patient ids are published.';

export const retinamnist: Preset = {
  name: 'retinamnist',
  title: 'RetinaMNIST',
  source: 'https://medmnist.com',
  parts: [{ images: /(^|\/)retinamnist(_\d+)?\.npz$/i }],
  notes: [NOTE],
};

export const medmnist: Preset = {
  name: 'medmnist',
  title: 'MedMNIST, any 2-D set',
  source: 'https://medmnist.com',
  parts: [{ images: /\.npz$/i }],
  notes: [
    NOTE,
    'The labels of most sets are classes without an order. Look before you train on them.',
  ],
};
