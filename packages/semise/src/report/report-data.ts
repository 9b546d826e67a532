// Everything a report shows, as plain data: whoever trains or compares fills it in.

import type { Assessment } from '../evaluation/assess.js';
import type { Metrics } from '../evaluation/evaluate.js';
import type { ComparisonCheck, GradeCheck, Relabel } from '../evaluation/label-quality/index.js';
import type { Prediction, Split } from '../evaluation/prediction.js';
import type { SubgroupReport } from '../evaluation/subgroups/index.js';
import type { Uncertainty } from '../evaluation/uncertainty.js';
import type { MapMethod } from '../explanation/index.js';
import type { Card } from './card.js';
import type { Text } from './language.js';

export interface ReportData {
  title: Text;
  /** When it was made, as it shall be read (e.g. ISO 8601). */
  created: string;
  /** One for a training; more are set side by side, the first against each other. */
  runs: RunReport[];
  /** Limits of use beside those that every report states. */
  limits?: Text[];
}

export interface RunReport {
  name: string;
  /** The method in a few words, e.g. "SEMISE, 10 grades a class". */
  method: string;
  config: Record<string, unknown>;
  seed: number;
  /** The command line that repeats the run. */
  command?: string;
  data: DataSummary;
  /** Loss terms by step; every record names the terms it knows. */
  history: { step: number; phase: string; losses: Record<string, number> }[];
  /** Scores on the validation split during training. */
  validation: {
    step: number;
    macroF1: number | null;
    qwk: number | null;
    spearman: number | null;
  }[];
  metrics: { validation?: Metrics; test?: Metrics };
  /** What the validation split says of the model's uncertainty, and how that holds on test. */
  uncertainty?: { fitted: Uncertainty; test: Assessment | null };
  predictions: Prediction[];
  /** Position of images on the map (see `embeddingMap`). */
  embedding: { image: string; grade: number | null; score: number; x: number; y: number }[];
  /** Example images, mildest first (see `exampleImages`). */
  examples: Example[];
  /** Doubtful grades and comparisons; none where nothing could be judged. */
  labels?: LabelSummary;
  /** Maps of why a few images have their score, mildest first. */
  explanation?: ExplainedImage[];
  /** Where the data have attributes: groups of patients, on validation and test together. */
  subgroups?: SubgroupReport;
  timings: {
    /** Wall-clock seconds of training. */
    seconds: number;
    imagesPerSecond: number;
  };
  environment: {
    semise: string;
    node: string;
    cpu: string;
    provider: string;
    /** Of ONNX Runtime. */
    runtime?: string;
  };
  /** The file that answers, as others will run it. */
  model?: {
    file: string;
    /** Of the file, hexadecimal. */
    sha256: string;
    bytes: number;
    /** Numbers learned. */
    parameters: number;
    /** What goes in, in words (`modelMetadata`). */
    input: string;
  };
  /** From the run's log of external images; missing where no such log is. */
  validations?: {
    /** Acceptance limits fixed: ISO 8601, SHA-256. */
    stamped: { date: string; limits: string }[];
    /** External images opened. */
    opened: { date: string; command: string; data: string; site: string | null }[];
    /** False where the log was changed. */
    whole: boolean;
  };
  /** What the people who made it say of it. */
  card?: Card;
}

export interface LabelSummary {
  grades: GradeCheck;
  /** Null without comparisons. */
  comparisons: ComparisonCheck | null;
  /** How many entries the whole list has. */
  listed: number;
  /** The most worthwhile of them. */
  relabel: Relabel[];
  /** Of the images in `relabel`: `data:image/...` URIs. */
  thumbnails: Readonly<Record<string, string>>;
}

export interface DataSummary {
  file: string;
  fingerprint: string;
  /** Images by split and grade (null = without a grade); `graded` = those whose grade training saw. */
  counts: {
    split: Split;
    grade: number | null;
    images: number;
    subjects: number;
    graded: number;
  }[];
  /** See `subjectsPerSplit`. */
  subjects: SubjectsPerSplit;
  /** Whether the same picture was looked for in two splits, and what was found; missing: not recorded. */
  duplicates?: DuplicateCheck;
  /** Images and subjects of each site, where the data name sites. */
  sites?: { site: string; images: number; subjects: number }[];
  /** Names of the further columns of the data, e.g. age, sex, device. */
  attributes?: string[];
  /** Images left out, and why. */
  skipped: { image: string; reason: string }[];
}

/** The search for pictures that are alike, before training. */
export type DuplicateCheck =
  | {
      /** Skipped, as the user asked (--allow-leakage). */
      checked: false;
    }
  | {
      checked: true;
      /** Pictures compared with one another. */
      pictures: number;
      /** Groups of pictures that are alike, and the pictures in them. */
      groups: number;
      alike: number;
      /** Groups that stood in more than one split as the data were first split. */
      acrossSplits: number;
      /** Pictures that were moved to another split to mend this. */
      moved: number;
      /** Groups that stand in more than one split now. */
      left: number;
    };

export interface SubjectsPerSplit extends Record<Split, number> {
  /** Subjects found in more than one split; any but 0 is leakage. */
  inMoreThanOne: number;
}

export interface Example {
  image: string;
  grade: number | null;
  predicted: number;
  score: number;
  /** A `data:image/...` URI; empty where the image could not be read. */
  thumbnail: string;
}

/** An image beside maps of why it has its score. */
export interface ExplainedImage {
  image: string;
  grade: number | null;
  predicted: number;
  score: number;
  /** The score of what the image is compared with. */
  baselineScore: number;
  /** Among the shown, the one whose grade the model misses by most. */
  worstError?: boolean;
  /** `data:image/...` URIs: the image, and the image under each map. */
  thumbnail: string;
  maps: { method: MapMethod; picture: string }[];
  /** Graded training images next to it. */
  neighbours?: Record<'below' | 'above' | 'alike', NeighbourImage[]>;
}

export interface NeighbourImage {
  image: string;
  grade: number;
  score: number;
  thumbnail: string;
}

/** Counts the subjects of each split and those that are in more than one. */
export function subjectsPerSplit(
  images: Iterable<{ subject: string; split: Split }>,
): SubjectsPerSplit {
  const splitsOf = new Map<string, Set<Split>>();
  for (const { subject, split } of images) {
    splitsOf.set(subject, (splitsOf.get(subject) ?? new Set()).add(split));
  }
  const all = [...splitsOf.values()];
  const within = (split: Split) => all.filter((splits) => splits.has(split)).length;
  return {
    train: within('train'),
    validation: within('validation'),
    test: within('test'),
    inMoreThanOne: all.filter((splits) => splits.size > 1).length,
  };
}
