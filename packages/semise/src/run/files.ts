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
  report: 'report.html',
  /** Which external images were opened when, and which limits stamped. */
  validations: 'validations.jsonl',
  /** Of a segmentation: the severity model of the run that it started from. */
  severity: 'severity.onnx',
} as const;
