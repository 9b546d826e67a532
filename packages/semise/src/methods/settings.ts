// The settings that methods share, with their defaults and bounds.

import { z } from 'zod';

export const settingsSchema = z
  .object({
    /** Share of the self-supervised term: 1 is SimCLR, 0 is ConPrO. */
    alpha: z.number().min(0).max(1),
    /** Temperature of NT-Xent. */
    tau: z.number().positive(),
    /** Margin of the healthy-anomaly contrast, on cosine distance. */
    margin: z.number().positive().max(2),
    /** Temperature T of the preference on cosine distances. */
    temperature: z.number().positive(),
    /** One moving-average anchor, or a healthy image of the batch for each row. */
    anchor: z.enum(['average', 'sampled']),
    /** What becomes of two images of equal grade. */
    ties: z.enum(['drop', 'level']),
    /** Label smoothing of cross-entropy. */
    smoothing: z.number().min(0).lt(1),
    /** Weights of the terms of the joint method. */
    gradeWeight: z.number().min(0),
    axisWeight: z.number().min(0),
    comparisonWeight: z.number().min(0),
    contrastWeight: z.number().min(0),
    /** Whether graded images are drawn so that every class comes equally often, or as they are. */
    sampling: z.enum(['balanced', 'natural']),
    /** Shares of mixed images are Beta(mixing, mixing). */
    mixing: z.number().positive().max(1),
    /** Share of the graded subjects by whom the teacher is judged, where a method does that. */
    heldShare: z.number().min(0).max(0.5),
  })
  .strict();

export type MethodSettings = z.infer<typeof settingsSchema>;

export const DEFAULT_SETTINGS: MethodSettings = {
  alpha: 0.5,
  tau: 0.5,
  margin: 1,
  temperature: 0.2,
  anchor: 'average',
  ties: 'drop',
  smoothing: 0.1,
  gradeWeight: 1,
  axisWeight: 1,
  comparisonWeight: 1,
  contrastWeight: 0,
  sampling: 'balanced',
  mixing: 0.75,
  heldShare: 0.2,
};
