// Knee radiographs of the Osteoarthritis Initiative, cropped and graded by Kellgren and Lawrence.
// Layout: P. Chen, Mendeley Data 2018, doi 10.17632/56rmx5bjcr.1
//   {train,val,test,auto_test}/{0,1,2,3,4}/9003175L.png: seven digits of the patient, and the side.
// auto_test shows the knees of test, cropped by a program, and is left out.

import type { Preset } from './preset.js';

export const oaiKnee: Preset = {
  name: 'oai-knee',
  title: 'OAI knees, Kellgren-Lawrence',
  source: 'https://doi.org/10.17632/56rmx5bjcr.1',
  parts: [
    {
      images:
        /(^|\/)(?<split>train|val|test)\/(?<grade>[0-4])[^/]*\/(?<subject>\d{7})(?<side>[LR])\.png$/i,
    },
  ],
  notes: [],
};
