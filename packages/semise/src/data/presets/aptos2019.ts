// APTOS 2019 Blindness Detection: fundus photographs, diabetic retinopathy 0 to 4.
// Layout: https://www.kaggle.com/competitions/aptos2019-blindness-detection/data
//   train.csv (id_code, diagnosis), train_images/*.png, test.csv (id_code), test_images/*.png
// The owner publishes no patient ids and no test grades; the test images come in ungraded.

import type { Preset } from './preset.js';

export const aptos2019: Preset = {
  name: 'aptos2019',
  title: 'APTOS 2019 Blindness Detection',
  source: 'https://www.kaggle.com/competitions/aptos2019-blindness-detection/data',
  parts: [
    {
      images: /(^|\/)train_images\/[^/]+\.png$/i,
      tables: [{ file: /(^|\/)train\.csv$/i, key: 'id_code', columns: { grade: 'diagnosis' } }],
    },
    { images: /(^|\/)test_images\/[^/]+\.png$/i },
  ],
  notes: ['No patient ids are published: two eyes of one patient may fall into different splits.'],
};
