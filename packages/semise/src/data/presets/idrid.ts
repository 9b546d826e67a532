// IDRiD, the Indian Diabetic Retinopathy Image Dataset: grading (B) and segmentation (A).
// Layout: https://ieee-dataport.org/open-access/indian-diabetic-retinopathy-image-dataset-idrid and
// P. Porwal et al., Data 2018, 3(3):25:
//   B. Disease Grading/1. Original Images/{a. Training Set,b. Testing Set}/IDRiD_001.jpg
//   B. Disease Grading/2. Groundtruths/{a. IDRiD_Disease Grading_Training Labels.csv,b. ..._Testing
//   Labels.csv} (Image name, Retinopathy grade, Risk of macular edema)
//   A. Segmentation/1. Original Images/a. Training Set/IDRiD_01.jpg
//   A. Segmentation/2. All Segmentation Groundtruths/a. Training Set/{1. Microaneurysms,2. Haemorrhages,
//   3. Hard Exudates,4. Soft Exudates,5. Optic Disc}/IDRiD_01_MA.tif
// Both splits number their images from 001. The four lesions are united to one mask; the optic disc,
// which is none, stays out.

import type { Part, Preset } from './preset.js';

const SPLITS = [
  ['a. Training Set', 'a. IDRiD_Disease Grading_Training Labels.csv', 'train'],
  ['b. Testing Set', 'b. IDRiD_Disease Grading_Testing Labels.csv', 'test'],
] as const;

const escaped = (text: string) => text.replaceAll('.', '\\.');

const SOURCE =
  'https://ieee-dataport.org/open-access/indian-diabetic-retinopathy-image-dataset-idrid';
const NOTE = 'No patient ids are published: two eyes of one patient may be in both splits.';

export const idridGrading: Preset = {
  name: 'idrid-grading',
  title: 'IDRiD, disease grading',
  source: SOURCE,
  parts: SPLITS.map(
    ([folder, table, split]): Part => ({
      images: new RegExp(`Original Images/${escaped(folder)}/(?<key>IDRiD_\\d{3})\\.jpg$`, 'i'),
      fixed: { split },
      tables: [
        {
          file: new RegExp(`${escaped(table)}$`, 'i'),
          key: 'Image name',
          columns: { grade: 'Retinopathy grade', dme_risk: 'Risk of macular edema' },
        },
      ],
    }),
  ),
  notes: [NOTE],
};

export const idridSegmentation: Preset = {
  name: 'idrid-segmentation',
  title: 'IDRiD, lesion segmentation',
  source: SOURCE,
  parts: SPLITS.map(
    ([folder, , split]): Part => ({
      images: new RegExp(`Original Images/${escaped(folder)}/(?<key>IDRiD_\\d{2})\\.jpg$`, 'i'),
      masks: new RegExp(
        `Groundtruths/${escaped(folder)}/[1-4]\\. [^/]+/(?<key>IDRiD_\\d{2})_(MA|HE|EX|SE)\\.tif$`,
        'i',
      ),
      fixed: { split },
    }),
  ),
  notes: [NOTE, 'The images carry no grades: train on the grading set, segment with these.'],
};
