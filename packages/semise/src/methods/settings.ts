// The settings of methods, with their defaults and bounds. On the command line: --set name=value.

import { z } from 'zod';

const weight = z.number().min(0);
const share = z.number().min(0).max(1);

export const settingsSchema = z
  .object({
    // The paper's method, its two ends, and everything that compares embeddings.
    /** Share of the self-supervised term: 1 is SimCLR, 0 is ConPrO. */
    alpha: share,
    /** Temperature of NT-Xent and of the other contrasts of embeddings. */
    tau: z.number().positive(),
    /** Margin of the healthy-anomaly contrast, on cosine distance. */
    margin: z.number().positive().max(2),
    /** Temperature T of the preference on cosine distances. */
    temperature: z.number().positive(),
    /** One moving-average anchor, or a healthy image of the batch for each row. */
    anchor: z.enum(['average', 'sampled']),
    /** What becomes of two images of equal grade. */
    ties: z.enum(['drop', 'level']),
    /** After a pretraining: all is trained on the grades, or a head on the encoder at rest. */
    downstream: z.enum(['fine-tune', 'probe']),
    /** Share of the steps that a pretraining takes. */
    pretrainShare: z.number().positive().lt(1),

    // Grades.
    /** Label smoothing of cross-entropy. */
    smoothing: z.number().min(0).lt(1),
    /** How far a grade spills over to its neighbours as a target of cross-entropy; 0 not at all. */
    softness: z.number().min(0),
    /** Whether graded images are drawn so that every class comes equally often, or as they are. */
    sampling: z.enum(['balanced', 'natural']),
    /** Natural sampling: rare grades weigh more, by the inverse of their share. */
    classWeights: z.enum(['equal', 'inverse']),
    /** Natural sampling: how much of log(share) of a grade is added to its logit; 1 is the published. */
    logitAdjustment: z.number().min(0),
    /**
     * How much of the shares of the grades among the graded images the answer expects of new ones: 0 none, every grade
     * is equally likely; 1 all, as where they are a fair sample and each image counts alike.
     */
    priorWeight: share,
    /** Known shares of the grades among the patients, from health up, on any scale; they take the place of those. */
    gradeShares: z.array(z.number().positive('every grade needs a share above 0')).nullable(),
    /** Graded images are mixed with one another, pixels and grades alike (mixup). */
    mixup: z.boolean(),
    /** Shares of mixed images are Beta(mixing, mixing). */
    mixing: z.number().positive().max(1),

    // Semi-supervised reference methods.
    /** Times the published weight of what is learned from images without grades. */
    unlabelledWeight: weight,
    /** Probability from which on FixMatch takes a grade for certain. */
    threshold: z.number().positive().lt(1),

    // Weights of the terms of semise, on graded images and comparisons.
    /** Cross-entropy of the softmax head. */
    gradeWeight: weight,
    /** CORN's ordinal head. */
    cornWeight: weight,
    /** Preferences between grades on the axis. */
    axisWeight: weight,
    /** Preferences of comparisons on the axis. */
    comparisonWeight: weight,
    /** Comparisons as the softmax head hears them: the worse image's grade is not the lower. */
    comparisonGradeWeight: weight,
    /** Supervised contrast: images of one grade are alike. */
    supconWeight: weight,
    /** Rank-N-Contrast: features lie in the order of grades. */
    rncWeight: weight,

    // Weights of the terms of semise on any image, graded or not.
    /** NT-Xent. */
    contrastWeight: weight,
    /** Contrast of places of the feature map. */
    denseWeight: weight,
    /** Hidden squares are painted. */
    maskedWeight: weight,
    /** The order that patches give is learned, before any teacher knows one. */
    patchOrderWeight: weight,
    /** The same as the softmax head hears it. */
    patchGradeWeight: weight,
    /** P from which on the order that patches give is learned. */
    patchSureness: z.number().gt(0.5).lt(1),
    /** The teacher's probabilities are followed. */
    consistencyWeight: weight,
    /** The teacher's confident grades are learned. */
    pseudoWeight: weight,
    /** The teacher's confident orders are learned, as far as it proves right on held images. */
    orderWeight: weight,
    /** The teacher's P(a > b) is followed. */
    orderConsistencyWeight: weight,

    // How those terms go about it.
    /** Share of a batch's views that are of any images, graded or not, where a term wants them. */
    anyShare: z.number().positive().lt(1),
    /** Share of the other views that are of comparisons, where there are any. */
    comparedShare: z.number().min(0).lt(1),
    /** Share of the pixels' squares that are hidden. */
    maskedShare: z.number().positive().lt(1),
    /** What else is a positive of an image: its other view, images of its subject, near ones. */
    positives: z.enum(['views', 'subject', 'neighbours']),
    /** Strength of the views that a contrast compares, as a share of the preset's: less keeps more. */
    contrastStrength: z.number().min(0).max(2),
    /** Strength of the views that a teacher sees. */
    weakStrength: z.number().min(0).max(2),
    /** Share of the phase over which terms of a teacher grow to their weight. */
    rampUp: share,
    /** P above which the teacher's order of two images is learned. */
    orderThreshold: z.number().min(0.5).lt(1),
    /** Share of held pairs in right order from which on the teacher's orders count. */
    orderFloor: z.number().min(0.5).lt(1),
    /** Share of the graded subjects by whom the teacher is judged, where its orders are learned. */
    heldShare: z.number().min(0).max(0.5),
    /** Where semise reads the grade. */
    answer: z.enum(['axis', 'softmax', 'corn', 'ensemble', 'blend']),
    /** What a linear model makes of patches (training/patch-order) is part of the blend. */
    guide: z.boolean(),
    /** Patches are also counted without regard to where they are (training/patch-order/description.ts). */
    pyramid: z.boolean(),
    /** What patches say, in times what the axis says; the softmax head says as much as the axis. */
    guessWeight: z.number().positive(),
    /** Cut points are fitted to what patches say of graded images by directions fitted without them. */
    crossFitted: z.boolean(),
    /** Probabilities are no surer than what patches say of graded images out of fold. */
    crossScaled: z.boolean(),
  })
  .strict();

export type MethodSettings = z.infer<typeof settingsSchema>;

/** `priorWeight` where shares are told and it is not: the highest macro-F1 on validation (docs/method.md). */
export const TOLD_WEIGHT = 0.5;

export const DEFAULT_SETTINGS: MethodSettings = {
  alpha: 0.5,
  tau: 0.5,
  margin: 1,
  temperature: 0.2,
  anchor: 'average',
  ties: 'drop',
  downstream: 'fine-tune',
  pretrainShare: 0.5,
  smoothing: 0.1,
  softness: 0,
  sampling: 'balanced',
  classWeights: 'equal',
  logitAdjustment: 0,
  priorWeight: 0,
  gradeShares: null,
  mixup: false,
  mixing: 0.75,
  unlabelledWeight: 1,
  threshold: 0.95,
  gradeWeight: 1,
  cornWeight: 0,
  axisWeight: 1,
  comparisonWeight: 1,
  comparisonGradeWeight: 1,
  supconWeight: 0,
  rncWeight: 0,
  contrastWeight: 0,
  denseWeight: 0,
  maskedWeight: 0,
  patchOrderWeight: 0,
  patchGradeWeight: 0,
  patchSureness: 0.75,
  consistencyWeight: 0,
  pseudoWeight: 0,
  orderWeight: 0,
  orderConsistencyWeight: 0,
  anyShare: 0.5,
  comparedShare: 0.5,
  maskedShare: 0.5,
  positives: 'views',
  contrastStrength: 1,
  weakStrength: 0.3,
  rampUp: 0.4,
  orderThreshold: 0.9,
  orderFloor: 0.75,
  heldShare: 0.2,
  answer: 'blend',
  guide: true,
  pyramid: true,
  guessWeight: 2,
  crossFitted: true,
  crossScaled: true,
};
