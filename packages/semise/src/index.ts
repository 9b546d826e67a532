// semise: a folder of medical images and a handful of grades become a validated severity model.

export * from './benchmark/index.js';
export * from './data/index.js';
export { PHANTOM_DEFAULTS, type PhantomOptions, writePhantom } from './data/phantom/index.js';
export { InputError } from './errors.js';
export * from './evaluation/abstention.js';
export * from './evaluation/acceptance/index.js';
export * from './evaluation/agreement/index.js';
export * from './evaluation/assess.js';
export * from './evaluation/calibration/index.js';
export * from './evaluation/conformal/index.js';
export * from './evaluation/drift/index.js';
export {
  type Estimate,
  type EvaluateOptions,
  evaluate,
  type Metrics,
  pairedDifferences,
} from './evaluation/evaluate.js';
export {
  type ComparisonCheck,
  checkComparisons,
  checkGrades,
  confidentJoint,
  type GradeCheck,
  gradesGained,
  type KnownImage,
  type Relabel,
  relabelList,
  suspectedGrades,
} from './evaluation/label-quality/index.js';
export { type Prediction, readPredictions, writePredictions } from './evaluation/prediction.js';
export {
  type PilotFigure,
  type PilotOptions,
  type PilotSampleSize,
  subjectsFromPilot,
} from './evaluation/sample-size/pilot.js';
export {
  type ProportionOptions,
  type SampleSize,
  subjectsForProportion,
} from './evaluation/sample-size/proportion.js';
export * from './evaluation/uncertainty.js';
export * from './losses/index.js';
export * from './methods/index.js';
export * from './models/index.js';
export { renderReport } from './report/render.js';
export type { ReportData, RunReport } from './report/report-data.js';
export { renderValidation } from './report/validation/render.js';
export type * from './report/validation/report-data.js';
export * from './run/index.js';
export * from './tasks/index.js';
export * from './training/index.js';
export * from './views/index.js';
