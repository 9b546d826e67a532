export * from './bias.js';
export * from './calibrate.js';
export * from './calibration.js';
export * from './card.js';
export * from './config.js';
export * from './dataset.js';
export * from './defaults.js';
export * from './demo.js';
export { embeddingTable } from './embeddings.js';
export * from './evaluate.js';
export * from './explain.js';
export * from './explain-check.js';
export * from './files.js';
export * from './finish.js';
export * from './history.js';
export * from './import.js';
export {
  type CheckedLabels,
  type CheckLabelsOptions,
  checkLabels,
  LABEL_FILES,
  writeLabelCheck,
} from './labels.js';
export * from './monitoring/index.js';
export * from './predict.js';
export * from './report.js';
export * from './segmentation/index.js';
export * from './start.js';
export * from './train.js';
export * from './trained-model.js';
export * from './validation/index.js';
export * from './version.js';
