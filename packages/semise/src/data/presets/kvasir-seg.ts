// Kvasir-SEG: polyps in colonoscopy with their masks.
// Layout: https://datasets.simula.no/kvasir-seg/ and https://github.com/DebeshJha/Kvasir-SEG
//   Kvasir-SEG/images/*.jpg, Kvasir-SEG/masks/*.jpg of the same name (JPEG, hence not quite 0 and 255)

import type { Preset } from './preset.js';

export const kvasirSeg: Preset = {
  name: 'kvasir-seg',
  title: 'Kvasir-SEG',
  source: 'https://datasets.simula.no/kvasir-seg/',
  parts: [
    {
      images: /(^|\/)images\/(?<key>[^/]+)\.(jpe?g|png)$/i,
      masks: /(^|\/)masks\/(?<key>[^/]+)\.(jpe?g|png)$/i,
    },
  ],
  notes: ['The images carry no grades, and no patient ids are published.'],
};
