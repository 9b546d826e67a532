// One step of a segmentation: joint views, U-Net, losses on masks and, where asked for, on images without masks:
// whether a lesion is there, where a grade tells, and consistency with an averaged teacher.
//
// The consistency is UniMatch's (Yang et al., arXiv 2208.09910) with the moving average as teacher (Mean
// Teacher, arXiv 1703.01780): what the teacher is sure of on a weak view is asked of strong views of the
// same geometry, pieces of which come from another image (CutMix), and of the weak view's own features
// with half of their channels gone.

import {
  add,
  cast,
  concat,
  constant,
  equal,
  exp,
  greaterOrEqual,
  input,
  max,
  minimum,
  mul,
  type Shape,
  slice,
  softmax,
  square,
  sub,
  type Tensor,
  where,
} from '@semise/autograd';
import { focalTversky, pixelCrossEntropy, presence, softDice } from '../../losses/index.js';
import type { Term } from '../../methods/index.js';
import { ENCODERS, rootScope, type Scope, unetDecoder } from '../../models/index.js';
import { insideBox, movedMasks, standardize, toUnit, viewGraph } from '../../views/index.js';
import { AVERAGE } from '../batch-graph.js';
import { compileStep, type StepPrograms } from '../step.js';
import { segmentationPlan } from './batches.js';
import type { SegmentationConfig } from './config.js';

/** Compiles the step. */
export function segmentationStep(config: SegmentationConfig): StepPrograms {
  const { imageSize: side, channels, classes, settings } = config;
  const { masked, told, unmasked, strong } = segmentationPlan(config);
  const once = masked + told;
  const images = toUnit(input('images', [once + unmasked, channels, side, side], 'uint8'));
  const rows = [images];
  if (unmasked > 0) rows.push(...Array<Tensor>(strong).fill(rest(images, once)));
  const views = standardize(viewGraph(concat(rows)), config.pixels);
  const theta = input('views.theta', [views.shape[0], 2, 3]);
  const masks = input('masks', [masked, 1, side, side], 'uint8');
  const target = oneHotPixels(movedMasks(masks, first(theta, masked)), classes);

  const scope = rootScope({ seed: config.seed, training: true });
  // At rest the network is what will answer: the averaged weights with their running statistics.
  const resting = rootScope({ seed: config.seed, training: false, prefix: AVERAGE });
  const encode = (images: Tensor) =>
    ENCODERS[config.encoder]((settings.frozenEncoder ? resting : scope).within('encoder'), images)
      .stages;
  const decode = (stages: readonly Tensor[]) =>
    unetDecoder(scope.within('decoder'), stages, {
      classes,
      deepSupervision: settings.deepSupervision,
    });

  const rateOf = (weight: string) => (weight.startsWith('encoder.') ? settings.encoderRate : 1);

  const grown = ramp(input('progress', []));
  const known = (answers: readonly Tensor[]): Record<string, Term> => ({
    ...maskTerms(
      config,
      answers.map((answer) => first(answer, masked)),
      target,
    ),
    ...(told > 0 && {
      presence: {
        value: presence(slice(answers[0], 0, masked, once), input('told', [told])),
        weight: mul(grown, settings.presence),
      },
    }),
  });

  if (unmasked === 0)
    return compileStep(config, 'masks', scope, known(decode(encode(views))), rateOf);
  const weak = slice(views, 0, once, once + unmasked);
  const said = teacherSays(config, resting, weak);
  const box = insideBox(input('mix.box', [unmasked * strong, 4]), side, side);
  const mixed = (x: Tensor): Tensor => where(greaterOrEqual(box, 0.5), rolled(x, unmasked), x);
  const strongViews = mixed(rest(views, once + unmasked));
  const asked = concat(Array<Tensor>(strong).fill(said.target));
  const trusted = concat(Array<Tensor>(strong).fill(said.trusted));

  const seen = [first(views, once), strongViews, ...(settings.perturbFeatures ? [weak] : [])];
  const plain = once + unmasked * strong;
  const stages = encode(concat(seen)).map((stage, i) =>
    settings.perturbFeatures
      ? concat([first(stage, plain), withoutHalf(rest(stage, plain), `drop.${i}`)])
      : stage,
  );
  const answers = decode(stages);
  const fromStrong = agreement(slice(answers[0], 0, once, plain), mixed(asked), mixed(trusted));
  const consistency = settings.perturbFeatures
    ? mul(add(fromStrong, agreement(rest(answers[0], plain), said.target, said.trusted)), 0.5)
    : fromStrong;
  const terms = {
    ...known(answers),
    consistency: { value: consistency, weight: mul(grown, settings.consistency) },
  };
  return compileStep(config, 'masks and consistency', scope, terms, rateOf);
}

/**
 * How much images without a mask count: little while nothing is known, rising over the first 40 % of the
 * steps (Laine & Aila, arXiv 1610.02242). @param progress a scalar in [0, 1)
 */
function ramp(progress: Tensor): Tensor {
  const left = sub(1, minimum(mul(progress, 1 / 0.4), 1));
  return exp(mul(square(left), -5));
}

const first = (x: Tensor, count: number): Tensor => slice(x, 0, 0, count);
const rest = (x: Tensor, from: number): Tensor => slice(x, 0, from, x.shape[0]);

/** @param classes [N, 1, H, W], whole numbers @returns [N, K, H, W], 0 and 1 */
function oneHotPixels(classes: Tensor, count: number): Tensor {
  const numbers = Array.from({ length: count }, (_, k) => k);
  return cast(equal(classes, constant(numbers, [1, count, 1, 1])), 'float32');
}

/** The losses on masks: of each level's answer, every coarser one counting half. */
function maskTerms(
  { settings }: SegmentationConfig,
  answers: readonly Tensor[],
  target: Tensor,
): Record<string, Term> {
  const shares = answers.map((_, level) => 0.5 ** level);
  const total = shares.reduce((sum, share) => sum + share, 0);
  const overLevels = (loss: (logits: Tensor) => Tensor): Tensor =>
    answers
      .map((logits, level) => mul(loss(logits), shares[level] / total))
      .reduce((sum, term) => add(sum, term));
  const losses = {
    dice: (logits: Tensor) => softDice(softmax(logits, 1), target),
    crossEntropy: (logits: Tensor) => pixelCrossEntropy(logits, target),
    focalTversky: (logits: Tensor) => focalTversky(softmax(logits, 1), target),
  };
  return Object.fromEntries(
    Object.entries(losses)
      .filter(([name]) => settings[name as keyof typeof losses] > 0)
      .map(([name, loss]) => [
        name,
        { value: overLevels(loss), weight: settings[name as keyof typeof losses] },
      ]),
  );
}

/** What the teacher takes each pixel for [N, K, H, W], and where it is sure of it [N, 1, H, W]. */
function teacherSays(config: SegmentationConfig, resting: Scope, images: Tensor) {
  const { stages } = ENCODERS[config.encoder](resting.within('encoder'), images);
  const { classes, settings } = config;
  const [logits] = unetDecoder(resting.within('decoder'), stages, { classes });
  const probabilities = softmax(logits, 1);
  const highest = max(probabilities, [1], { keepDims: true });
  return {
    target: cast(equal(probabilities, highest), 'float32'),
    trusted: cast(greaterOrEqual(highest, settings.confidence), 'float32'),
  };
}

/** Cross-entropy and Dice over the trusted pixels, half each. */
function agreement(logits: Tensor, target: Tensor, trusted: Tensor): Tensor {
  const dice = softDice(mul(softmax(logits, 1), trusted), mul(target, trusted));
  return mul(add(pixelCrossEntropy(logits, target, trusted), dice), 0.5);
}

/** The row of the next image for each row, within groups of `size`: what CutMix pastes in. */
function rolled(x: Tensor, size: number): Tensor {
  const groups = Array.from({ length: x.shape[0] / size }, (_, g) => g * size);
  return concat(
    groups.flatMap((start) => [
      slice(x, 0, start + 1, start + size),
      slice(x, 0, start, start + 1),
    ]),
  );
}

/** Each channel of each image gone with probability 1/2, the others twice as strong. */
function withoutHalf(x: Tensor, name: string): Tensor {
  const shape: Shape = [x.shape[0], x.shape[1], 1, 1];
  return mul(x, mul(cast(greaterOrEqual(input(name, shape), 0.5), 'float32'), 2));
}
