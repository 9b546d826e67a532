// ISIC challenges 2017 and 2018: dermoscopy.
// Layout: https://challenge.isic-archive.com/data/#2017 and #2018
//   2017: ISIC-2017_{Training,Validation,Test_v2}_Data/ISIC_0000000.jpg (the folder also holds
//   ISIC_0000000_superpixels.png, which is no photograph), ISIC-2017_..._Part1_GroundTruth/
//   ISIC_0000000_segmentation.png, ISIC-2017_..._Part3_GroundTruth.csv (image_id, melanoma,
//   seborrheic_keratosis)
//   2018: ISIC2018_Task3_{Training,Validation,Test}_Input/*.jpg, ISIC2018_Task3_..._GroundTruth.csv
//   (image, MEL, NV, BCC, AKIEC, BKL, DF, VASC), ISIC2018_Task3_Training_LesionGroupings.csv (image,
//   lesion_id, diagnosis_confirm_type); ISIC2018_Task1-2_{Training,Validation,Test}_Input/*.jpg,
//   ISIC2018_Task1_..._GroundTruth/ISIC_0000000_segmentation.png
// Diagnoses, not a severity scale: ordered here by what follows for the patient. Several photographs
// of one lesion share a subject where the groupings say so; patients are not published.

import type { Part, Preset } from './preset.js';

const SPLITS_2017 = { Training: 'train', Validation: 'validation', Test_v2: 'test' };
const SPLITS_2018 = { Training: 'train', Validation: 'validation', Test: 'test' };

export const isic2017: Preset = {
  name: 'isic2017',
  title: 'ISIC 2017',
  source: 'https://challenge.isic-archive.com/data/#2017',
  parts: Object.entries(SPLITS_2017).map(
    ([name, split]): Part => ({
      images: new RegExp(`ISIC-2017_${name}_Data/(?<key>ISIC_\\d+)\\.jpe?g$`, 'i'),
      masks: new RegExp(
        `ISIC-2017_${name}_Part1_GroundTruth/(?<key>ISIC_\\d+)_segmentation\\.png$`,
        'i',
      ),
      fixed: { split },
      tables: [
        {
          file: new RegExp(`ISIC-2017_${name}_Part3_GroundTruth\\.csv$`, 'i'),
          key: 'image_id',
          columns: {},
          oneHot: { melanoma: 2, seborrheic_keratosis: 1, '': 0 },
          optional: true,
        },
      ],
    }),
  ),
  notes: ['Grades: nevus 0, seborrheic keratosis 1, melanoma 2.'],
};

export const isic2018: Preset = {
  name: 'isic2018',
  title: 'ISIC 2018, task 3 (HAM10000)',
  source: 'https://challenge.isic-archive.com/data/#2018',
  parts: Object.entries(SPLITS_2018).map(
    ([name, split]): Part => ({
      images: new RegExp(`ISIC2018_Task3_${name}_(Input|Images)/(?<key>ISIC_\\d+)\\.jpe?g$`, 'i'),
      fixed: { split },
      tables: [
        {
          file: new RegExp(`ISIC2018_Task3_${name}_GroundTruth\\.csv$`, 'i'),
          key: 'image',
          columns: {},
          oneHot: { NV: 0, BKL: 0, DF: 0, VASC: 0, AKIEC: 1, BCC: 2, MEL: 3 },
        },
        {
          file: new RegExp(`ISIC2018_Task3_${name}_LesionGroupings\\.csv$`, 'i'),
          key: 'image',
          columns: { subject: 'lesion_id', confirmed_by: 'diagnosis_confirm_type' },
          optional: true,
        },
      ],
    }),
  ),
  notes: ['Grades: benign (NV, BKL, DF, VASC) 0, AKIEC 1, BCC 2, melanoma 3.'],
};

export const isic2018Segmentation: Preset = {
  name: 'isic2018-segmentation',
  title: 'ISIC 2018, task 1 (lesion segmentation)',
  source: 'https://challenge.isic-archive.com/data/#2018',
  parts: Object.entries(SPLITS_2018).map(
    ([name, split]): Part => ({
      images: new RegExp(`ISIC2018_Task1-2_${name}_Input/(?<key>ISIC_\\d+)\\.jpe?g$`, 'i'),
      masks: new RegExp(
        `ISIC2018_Task1_${name}_GroundTruth/(?<key>ISIC_\\d+)_segmentation\\.png$`,
        'i',
      ),
      fixed: { split },
    }),
  ),
  notes: ['The images carry no grades.'],
};
