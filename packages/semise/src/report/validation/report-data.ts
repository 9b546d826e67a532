// What an external validation found, as plain data: validation.json, and what its page shows beside.

import type { FigureKey } from '../../evaluation/acceptance/figures.js';
import type { GradeMix } from '../../evaluation/acceptance/grade-mix.js';
import type { AcceptanceVerdict } from '../../evaluation/acceptance/verdict.js';
import type { ImageStatistic, Mmd } from '../../evaluation/drift/index.js';
import type { Estimate, Metrics } from '../../evaluation/evaluate.js';
import type { Prediction, Split } from '../../evaluation/prediction.js';
import type { Example } from '../report-data.js';

/** `validation.json`. */
export interface Validation {
  /** Null without acceptance limits. */
  readonly verdict: 'pass' | 'fail' | null;
  readonly acceptance: Acceptance | null;
  readonly semise: string;
  /** ISO 8601. */
  readonly created: string;
  readonly run: {
    readonly folder: string;
    /** SHA-256 of model.onnx. */
    readonly model: string;
    readonly method: string;
    readonly grades: number;
    /** The labels.csv that it was trained with. */
    readonly trainedOn: string;
  };
  readonly data: {
    readonly file: string;
    /** SHA-256 of the file. */
    readonly fingerprint: string;
    readonly site: string | null;
    /** Images that could not be read. */
    readonly skipped: readonly string[];
  };
  readonly seed: number;
  readonly external: Metrics;
  /** Of the run's own test split; null where it has no graded image. */
  readonly internal: Metrics | null;
  readonly figures: readonly ValidatedFigure[];
  readonly gradeMix: GradeMix | null;
  /** Null where the images of the test split are no longer to be had. */
  readonly drift: InputDrift | null;
  readonly shared: SharedWithRun;
  readonly people: { readonly external: People; readonly internal: People | null };
}

export interface Acceptance extends AcceptanceVerdict {
  readonly file: string;
  /** SHA-256 of the limits (`limitsHash`). */
  readonly hash: string;
  readonly precedence: Precedence;
  /** Each limit's verdict in words. */
  readonly why: readonly string[];
}

/** A figure on both sets. */
export interface ValidatedFigure {
  readonly figure: FigureKey;
  readonly external: Estimate;
  /** On the run's own test split; null where it has none. */
  readonly internal: Estimate | null;
  /** On the test split, each grade counting as often as in the external set; null where it lacks a grade. */
  readonly internalAtExternalMix: Estimate | null;
  /** External less internal, from independent draws of both. */
  readonly difference: Estimate | null;
}

/** How the external images differ from those of the test split, whatever the model makes of it. */
export interface InputDrift {
  /** Those that were looked at. */
  readonly internal: { readonly images: number; readonly subjects: number };
  readonly external: { readonly images: number; readonly subjects: number };
  readonly features: readonly FeatureDrift[];
  /** Of the embeddings of all images: also another mix of grades moves it. */
  readonly embedding: Mmd;
  /** Of healthy images (grade 0) alone: here the mix of grades is no explanation. */
  readonly healthyEmbedding:
    | (Mmd & { readonly internal: number; readonly external: number })
    | null;
}

export interface FeatureDrift {
  /** A statistic of the image, or the severity score. */
  readonly feature: ImageStatistic | 'score';
  /** Medians of each set. */
  readonly internal: number;
  readonly external: number;
  readonly psi: number;
  /** What the index is in the mean without drift. */
  readonly expected: number;
  readonly p: number;
  /** The p adjusted for the number of features (Holm). */
  readonly holm: number;
}

/** Whether limits were stamped before the images were opened. */
export interface Precedence {
  /** `unknown` where the run's log was changed. */
  readonly stamped: 'first' | 'after' | 'never' | 'unknown';
  /** When they were stamped. */
  readonly date: string | null;
  /** Whether the run's log holds the stamp too, or the file alone says when it was. */
  readonly inLog: boolean;
  /** When any of these images was first opened before; null where this is the first time. */
  readonly firstOpened: string | null;
  /** How many of these images had been opened before. */
  readonly openedBefore: number;
}

/** What the external set has in common with all that the run has seen: it should be nothing. */
export interface SharedWithRun {
  /** Images of the run whose pictures were compared; fewer than `ofRun` where some are no longer to be had. */
  readonly compared: number;
  readonly ofRun: number;
  /** Pictures of the external set that are one of the run's (near-duplicates), and whose split it was. */
  readonly pictures: readonly {
    readonly image: string;
    readonly of: string;
    readonly split: Split;
  }[];
  /** Subjects of the external set who bear a name that the run's data also have. */
  readonly names: readonly string[];
  /** Whether both are one file, where a name means the same subject. */
  readonly sameFile: boolean;
  /** Images left out for it. */
  readonly leftOut: number;
}

export type AttributeSummary = {
  readonly name: string;
  /** Subjects without a value. */
  readonly unknown: number;
} & (
  | {
      readonly kind: 'numbers';
      readonly median: number;
      readonly quartiles: readonly [number, number];
      readonly range: readonly [number, number];
    }
  | {
      readonly kind: 'values';
      /** Most subjects first. */
      readonly values: readonly { readonly value: string; readonly subjects: number }[];
    }
);

/** Who the subjects of a set are. */
export interface People {
  readonly images: number;
  readonly subjects: number;
  readonly attributes: readonly AttributeSummary[];
}

/** What the page shows. */
export interface ValidationReport {
  readonly validation: Validation;
  /** Of the external images, and of the run's test split. */
  readonly predictions: readonly Prediction[];
  readonly internal: readonly Prediction[];
  /** The worst errors, worst first. */
  readonly failures: readonly Example[];
}
