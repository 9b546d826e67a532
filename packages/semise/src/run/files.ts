// Where things lie in the folder of a run.

/** The files of a run folder. */
export const RUN_FILES = {
  config: 'config.json',
  split: 'split.csv',
  history: 'metrics.jsonl',
  checkpoint: 'checkpoint.safetensors',
  encoder: 'encoder.onnx',
  model: 'model.onnx',
  predictions: 'predictions.csv',
  metrics: 'metrics.json',
  /** What the validation split says of the model's uncertainty. */
  calibration: 'calibration.json',
  report: 'report.html',
  /** Which external images were opened when, and which limits stamped. */
  validations: 'validations.jsonl',
  /** What the report shows, to write it anew in another language. */
  reportData: 'report.json',
  /** What people say of the model (--card). */
  card: 'card.json',
  /** The search for pictures that are alike in two splits. */
  duplicates: 'duplicates.json',
  /** Of a segmentation: the severity model of the run that it started from. */
  severity: 'severity.onnx',
} as const;
