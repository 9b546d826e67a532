// Each preset reads a tiny copy of its set's layout, made here: files and tables as the owner names them.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { patientFile } from '../../testing/patient.js';
import { blobs, jpeg, png, writeTree } from '../../testing/pictures.js';
import { scratchFolder } from '../../testing/scratch.js';
import { LIMITS } from '../decode/picture.js';
import { readRaster } from '../decode/raster.js';
import { importImages } from '../import/index.js';
import { readManifest } from '../manifest.js';
import { PRESET_NAMES } from './index.js';

const folder = scratchFolder();
process.env.XDG_CONFIG_HOME = join(folder, 'config');
const pngs: Buffer[] = [];
const jpgs: Buffer[] = [];
const done = new Set(['medmnist', 'retinamnist']); // cli/import.test.ts has an npz that NumPy wrote

before(async () => {
  for (let seed = 0; seed < 6; seed++) {
    pngs.push(await png(blobs(seed)));
    jpgs.push(await jpeg(blobs(seed)));
  }
});

/** @returns rows as `name subject grade split mask attribute...`, sorted */
async function imported(preset: string, files: Record<string, string | Uint8Array>) {
  done.add(preset);
  const source = await writeTree(join(folder, preset), files);
  const { labels, quality } = await importImages({
    source,
    preset,
    out: join(folder, `${preset}-in`),
  });
  const { records, attributeNames } = await readManifest(labels);
  return {
    quality,
    records,
    attributeNames,
    rows: records.map(({ path, image, subject, grade, split, mask }) =>
      [
        path.startsWith(`${source}/`) ? path.slice(source.length + 1) : '(written)',
        subject === image ? '(own)' : subject,
        grade ?? '-',
        split ?? '-',
        ...(mask ? ['mask'] : []),
      ].join(' '),
    ),
  };
}

test('aptos2019', async () => {
  const { rows } = await imported('aptos2019', {
    'train.csv': 'id_code,diagnosis\n000c1434d8d7,2\n001639a390f0,4\n',
    'train_images/000c1434d8d7.png': pngs[0],
    'train_images/001639a390f0.png': pngs[1],
    'test.csv': 'id_code\n0005cfc8afb6\n',
    'test_images/0005cfc8afb6.png': pngs[2],
  });
  assert.deepEqual(rows, [
    'test_images/0005cfc8afb6.png (own) - -',
    'train_images/000c1434d8d7.png (own) 2 -',
    'train_images/001639a390f0.png (own) 4 -',
  ]);
});

test('eyepacs: two eyes of one patient', async () => {
  const { rows, records } = await imported('eyepacs', {
    'trainLabels.csv': 'image,level\n10_left,0\n10_right,1\n',
    'train/10_left.jpeg': jpgs[0],
    'train/10_right.jpeg': jpgs[1],
    'retinopathy_solution.csv': 'image,level,Usage\n1_left,3,Private\n',
    'test/1_left.jpeg': jpgs[2],
  });
  assert.deepEqual(rows, [
    'test/1_left.jpeg 1 3 test',
    'train/10_left.jpeg 10 0 train',
    'train/10_right.jpeg 10 1 train',
  ]);
  assert.deepEqual(
    records.map(({ attributes }) => attributes.eye),
    ['left', 'left', 'right'],
  );
});

test('deepdrid: the grade of the row’s own eye', async () => {
  const header =
    'patient_id,image_id,image_path,Overall quality,left_eye_DR_Level,right_eye_DR_Level,patient_DR_Level\n';
  const { rows } = await imported('deepdrid', {
    'regular_fundus_images/regular-fundus-training/regular-fundus-training.csv': `${header}1,1_l1,\\regular-fundus-training\\1\\1_l1.jpg,1,0,,2\n1,1_r1,\\regular-fundus-training\\1\\1_r1.jpg,1,,2,2\n`,
    'regular_fundus_images/regular-fundus-training/Images/1/1_l1.jpg': jpgs[0],
    'regular_fundus_images/regular-fundus-training/Images/1/1_r1.jpg': jpgs[1],
    'regular_fundus_images/regular-fundus-validation/regular-fundus-validation.csv': `${header}265,265_l1,x,1,3,,3\n`,
    'regular_fundus_images/regular-fundus-validation/Images/265/265_l1.jpg': jpgs[2],
    'ultra-widefield_images/ultra-widefield-training/Images/1/1.jpg': jpgs[3],
  });
  assert.deepEqual(
    rows.map((row) => row.split('/').at(-1)),
    ['1_l1.jpg 1 0 train', '1_r1.jpg 1 2 train', '265_l1.jpg 265 3 validation'],
  );
});

test('idrid: both splits count from 001; lesions are united, the optic disc is none', async () => {
  const images = 'B. Disease Grading/1. Original Images';
  const truths = 'B. Disease Grading/2. Groundtruths';
  const header = 'Image name,Retinopathy grade,Risk of macular edema ,,\n';
  const { rows } = await imported('idrid-grading', {
    [`${truths}/a. IDRiD_Disease Grading_Training Labels.csv`]: `${header}IDRiD_001,3,2,,\n`,
    [`${truths}/b. IDRiD_Disease Grading_Testing Labels.csv`]: `${header}IDRiD_001,4,0,,\n`,
    [`${images}/a. Training Set/IDRiD_001.jpg`]: jpgs[0],
    [`${images}/b. Testing Set/IDRiD_001.jpg`]: jpgs[1],
  });
  assert.deepEqual(
    rows.map((row) => row.split('/').at(-1)),
    ['IDRiD_001.jpg (own) 3 train', 'IDRiD_001.jpg (own) 4 test'],
  );
  const masks = 'A. Segmentation/2. All Segmentation Groundtruths/a. Training Set';
  const half = (from: number) =>
    png(Uint8Array.from({ length: 4096 }, (_, i) => (i >= from && i < from + 1024 ? 76 : 0)));
  const segmentation = await imported('idrid-segmentation', {
    'A. Segmentation/1. Original Images/a. Training Set/IDRiD_01.jpg': jpgs[2],
    [`${masks}/1. Microaneurysms/IDRiD_01_MA.tif`]: await half(0),
    [`${masks}/3. Hard Exudates/IDRiD_01_EX.tif`]: await half(2048),
    [`${masks}/5. Optic Disc/IDRiD_01_OD.tif`]: await half(3072),
  });
  const [{ mask }] = segmentation.records;
  const { pixels: united, channels } = await readRaster(await readFile(mask as string), LIMITS);
  assert.equal(channels, 1);
  const set = (i: number) => (i < 1024 || (i >= 2048 && i < 3072) ? 255 : 0);
  assert.deepEqual(
    [...united],
    Array.from({ length: 4096 }, (_, i) => set(i)),
  );
});

test('messidor2: pairs of eyes, endings that differ', async () => {
  const { rows } = await imported('messidor2', {
    'messidor_data.csv':
      'image_id,adjudicated_dr_grade,adjudicated_dme,adjudicated_gradable\n20051020_43808_0100_PP.png,0,0,1\n20051020_43832_0100_PP.png,2,1,1\nIM000001.jpg,,,0\n',
    'messidor-2.csv':
      'left;right\n20051020_43808_0100_PP.png;20051020_43832_0100_PP.png\nIM000001.JPG;\n',
    'IMAGES/20051020_43808_0100_PP.png': pngs[0],
    'IMAGES/20051020_43832_0100_PP.png': pngs[1],
    'IMAGES/IM000001.JPG': jpgs[2],
  });
  assert.deepEqual(rows, [
    'IMAGES/20051020_43808_0100_PP.png 20051020_43808_0100_PP 0 -',
    'IMAGES/20051020_43832_0100_PP.png 20051020_43808_0100_PP 2 -',
    'IMAGES/IM000001.JPG IM000001 - -',
  ]);
});

test('vindr-mammo: DICOM, BI-RADS, two views of one study', async () => {
  const made = (seed: number) =>
    patientFile(
      '',
      64,
      Uint16Array.from(blobs(seed), (v) => v * 16),
    );
  const { rows, records } = await imported('vindr-mammo', {
    'breast-level_annotations.csv':
      'study_id,series_id,image_id,laterality,view_position,height,width,breast_birads,breast_density,split\n' +
      'b8d2,b931,d810,R,CC,3518,2800,BI-RADS 2,DENSITY C,training\n' +
      'b8d2,b931,d811,L,MLO,3518,2800,BI-RADS 5,DENSITY C,training\n' +
      'c9e3,ba42,d812,L,CC,3518,2800,BI-RADS 1,DENSITY B,test\n',
    'images/b8d2/d810.dicom': made(0),
    'images/b8d2/d811.dicom': made(1),
    'images/c9e3/d812.dicom': made(2),
  });
  assert.deepEqual(
    rows.map((row) => row.replace(/ [0-9a-f]{16} /, ' hash ')),
    ['(written) hash 1 train', '(written) hash 4 train', '(written) hash 0 test'],
  );
  assert.equal(records[0].subject, records[1].subject);
  assert.notEqual(records[0].subject, records[2].subject);
  assert.deepEqual(
    records.map(({ attributes }) => attributes.view_position),
    ['CC', 'MLO', 'CC'],
  );
});

test('papilledema', async () => {
  const { rows } = await imported('papilledema', {
    'Normal/a.jpg': jpgs[0],
    'Pseudopapilledema/a.jpg': jpgs[1],
    'Papilledema/b.jpg': jpgs[2],
  });
  assert.deepEqual(rows, [
    'Normal/a.jpg (own) 0 -',
    'Papilledema/b.jpg (own) 2 -',
    'Pseudopapilledema/a.jpg (own) 1 -',
  ]);
});

test('isic 2017 and 2018', async () => {
  const header = 'image_id,melanoma,seborrheic_keratosis\n';
  const first = await imported('isic2017', {
    'ISIC-2017_Training_Data/ISIC_0000000.jpg': jpgs[0],
    'ISIC-2017_Training_Data/ISIC_0000000_superpixels.png': pngs[5],
    'ISIC-2017_Training_Part1_GroundTruth/ISIC_0000000_segmentation.png': pngs[4],
    'ISIC-2017_Training_Part3_GroundTruth.csv': `${header}ISIC_0000000,0.0,0.0\n`,
    'ISIC-2017_Validation_Data/ISIC_0001769.jpg': jpgs[1],
    'ISIC-2017_Validation_Part3_GroundTruth.csv': `${header}ISIC_0001769,0.0,1.0\n`,
    'ISIC-2017_Test_v2_Data/ISIC_0012086.jpg': jpgs[2],
    'ISIC-2017_Test_v2_Part3_GroundTruth.csv': `${header}ISIC_0012086,1.0,0.0\n`,
  });
  assert.deepEqual(
    first.rows.map((row) => row.split('/').at(-1)),
    [
      'ISIC_0012086.jpg (own) 2 test',
      'ISIC_0000000.jpg (own) 0 train mask',
      'ISIC_0001769.jpg (own) 1 validation',
    ],
  );
  const columns = 'image,MEL,NV,BCC,AKIEC,BKL,DF,VASC\n';
  const second = await imported('isic2018', {
    'ISIC2018_Task3_Training_Input/ISIC_0024306.jpg': jpgs[0],
    'ISIC2018_Task3_Training_Input/ISIC_0024307.jpg': jpgs[1],
    'ISIC2018_Task3_Training_GroundTruth/ISIC2018_Task3_Training_GroundTruth.csv': `${columns}ISIC_0024306,0.0,1.0,0.0,0.0,0.0,0.0,0.0\nISIC_0024307,1.0,0.0,0.0,0.0,0.0,0.0,0.0\n`,
    'ISIC2018_Task3_Training_LesionGroupings.csv':
      'image,lesion_id,diagnosis_confirm_type\nISIC_0024306,HAM_0000550,follow_up\nISIC_0024307,HAM_0000550,follow_up\n',
    'ISIC2018_Task3_Test_Input/ISIC_0034524.jpg': jpgs[2],
    'ISIC2018_Task3_Test_GroundTruth/ISIC2018_Task3_Test_GroundTruth.csv': `${columns}ISIC_0034524,0.0,0.0,0.0,1.0,0.0,0.0,0.0\n`,
  });
  assert.deepEqual(
    second.rows.map((row) => row.split('/').at(-1)),
    [
      'ISIC_0034524.jpg (own) 1 test',
      'ISIC_0024306.jpg HAM_0000550 0 train',
      'ISIC_0024307.jpg HAM_0000550 3 train',
    ],
  );
  const third = await imported('isic2018-segmentation', {
    'ISIC2018_Task1-2_Training_Input/ISIC_0000000.jpg': jpgs[3],
    'ISIC2018_Task1_Training_GroundTruth/ISIC_0000000_segmentation.png': pngs[4],
  });
  assert.deepEqual(third.rows, [
    'ISIC2018_Task1-2_Training_Input/ISIC_0000000.jpg (own) - train mask',
  ]);
});

test('busi: masks beside the images', async () => {
  const { rows } = await imported('busi', {
    'Dataset_BUSI_with_GT/benign/benign (4).png': pngs[0],
    'Dataset_BUSI_with_GT/benign/benign (4)_mask.png': pngs[3],
    'Dataset_BUSI_with_GT/benign/benign (4)_mask_1.png': pngs[4],
    'Dataset_BUSI_with_GT/malignant/malignant (4).png': pngs[1],
    'Dataset_BUSI_with_GT/malignant/malignant (4)_mask.png': pngs[5],
    'Dataset_BUSI_with_GT/normal/normal (1).png': pngs[2],
  });
  assert.deepEqual(
    rows.map((row) => row.split('/').at(-1)),
    [
      'benign (4).png (own) 1 - mask',
      'malignant (4).png (own) 2 - mask',
      'normal (1).png (own) 0 -',
    ],
  );
});

test('kvasir-seg', async () => {
  const { rows } = await imported('kvasir-seg', {
    'Kvasir-SEG/images/cju0.jpg': jpgs[0],
    'Kvasir-SEG/masks/cju0.jpg': jpgs[1],
    'Kvasir-SEG/kavsir_bboxes.json': '{}',
  });
  assert.deepEqual(rows, ['Kvasir-SEG/images/cju0.jpg (own) - - mask']);
});

test('oai-knee: two knees of one patient; auto_test is left out', async () => {
  const { rows } = await imported('oai-knee', {
    'train/0/9003175L.png': pngs[0],
    'train/3/9003175R.png': pngs[1],
    'val/1/9003316L.png': pngs[2],
    'test/4/9003430R.png': pngs[3],
    'auto_test/4/9003430R.png': pngs[3],
  });
  assert.deepEqual(rows, [
    'test/4/9003430R.png 9003430 4 test',
    'train/0/9003175L.png 9003175 0 train',
    'train/3/9003175R.png 9003175 3 train',
    'val/1/9003316L.png 9003316 1 validation',
  ]);
});

test('no preset is without a test', () => {
  assert.deepEqual([...done].sort(), [...PRESET_NAMES].sort());
});
