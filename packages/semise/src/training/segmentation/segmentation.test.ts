// The training of a segmentation: what it learns, with every switch, and what it must leave alone.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openEngine } from '@semise/autograd';
import { random } from '../../random.js';
import { averagedWeights, type TrainingState } from '../train.js';
import {
  drawSegmentationBatch,
  type SegmentationData,
  segmentationPlan,
  usableTold,
} from './batches.js';
import {
  SEGMENTATION_DEFAULTS,
  type SegmentationConfig,
  type SegmentationSettings,
} from './config.js';
import { trainSegmentation } from './train.js';

const WHOLE = 32;

/** A bright disc on noise is the lesion; the last two images have none. */
function discs(): SegmentationData {
  const disc = (index: number) => {
    const r = random(index, 'disc');
    const [x, y, radius] = [r.uniform(8, 24), r.uniform(8, 24), r.uniform(3, 7)];
    return (i: number) => Math.hypot((i % WHOLE) - x, Math.floor(i / WHOLE) - y) < radius;
  };
  const lesion = (index: number) => index < 6;
  const pixels = Array.from({ length: WHOLE * WHOLE }, (_, i) => i);
  return {
    mask: (index) => Uint8Array.from(pixels, (i) => (lesion(index) && disc(index)(i) ? 1 : 0)),
    read: (index) => {
      const r = random(index, 'pixels');
      const inside = disc(index);
      return Uint8Array.from(
        pixels,
        (i) => 60 + r.integer(50) + (lesion(index) && inside(i) ? 90 : 0),
      );
    },
    masked: Array.from({ length: 8 }, (_, index) => ({ index, lesion: lesion(index) })),
    told: [2, 3, 6, 7].map((index) => ({ index, lesion: lesion(index) })),
    any: [0, 1, 2, 3, 4, 5, 6, 7],
  };
}

const config = (
  settings: Partial<SegmentationSettings> = {},
  more: Partial<SegmentationConfig> = {},
): SegmentationConfig => ({
  seed: 3,
  encoder: 'small',
  imageSize: WHOLE,
  workingSize: WHOLE,
  channels: 1,
  classes: 2,
  pixels: { mean: [0.35], deviation: [0.15] },
  views: 'ultrasound',
  viewStrength: 0.5,
  steps: 3,
  batch: 4,
  optimizer: 'adamw',
  learningRate: 3e-3,
  weightDecay: 0.01,
  accumulate: 1,
  clipNorm: 5,
  averageDecay: 0.9,
  provider: 'cpu',
  threads: 1,
  settings: { ...SEGMENTATION_DEFAULTS, ...settings },
  ...more,
});

async function trained(c: SegmentationConfig, data = discs()) {
  const engine = await openEngine({ threads: 1 });
  const losses: Record<string, number>[] = [];
  let state: TrainingState | undefined;
  try {
    await trainSegmentation(c, data, engine, 0, {
      onStep: (record) => losses.push({ ...record.losses }),
      onCheckpoint: async (_, read) => {
        state = await read();
      },
    });
    return { losses, state: state! };
  } finally {
    await engine.close();
  }
}

test('it learns to find discs', async () => {
  const { losses } = await trained(config({}, { steps: 120, viewStrength: 0.2 }));
  assert.ok(losses[0].dice > 0.6, `it starts from nothing: ${losses[0].dice}`);
  const late = losses.slice(-10).reduce((sum, l) => sum + l.dice, 0) / 10;
  assert.ok(late < 0.4, `Dice loss ${late}`);
});

test('the same seed gives the same losses, another seed others', async () => {
  const [once, again, other] = [
    await trained(config()),
    await trained(config()),
    await trained(config({}, { seed: 4 })),
  ];
  assert.deepEqual(again.losses, once.losses);
  assert.notDeepEqual(other.losses, once.losses);
});

test('consistency begins to count once the teacher is sure of pixels', async () => {
  const { losses } = await trained(
    config({ consistency: 1, confidence: 0.6, strongViews: 2 }, { steps: 24 }),
  );
  for (const l of losses) for (const value of Object.values(l)) assert.ok(Number.isFinite(value));
  assert.ok(losses.slice(-8).some((l) => l.consistency > 0.01));
});

test('every switch trains: deep supervision, focal Tversky alone, patches, three classes', async () => {
  const patches = { imageSize: 16, steps: 2 };
  const cases: [SegmentationConfig, string[]][] = [
    [config({ deepSupervision: true }), ['loss', 'dice', 'crossEntropy']],
    [config({ dice: 0, crossEntropy: 0, focalTversky: 1 }), ['loss', 'focalTversky']],
    [
      config({ consistency: 1, perturbFeatures: false }, patches),
      ['loss', 'dice', 'crossEntropy', 'consistency'],
    ],
    [config({ presence: 1 }, { classes: 3 }), ['loss', 'dice', 'crossEntropy', 'presence']],
    [
      config({ consistency: 1, presence: 1 }, patches),
      ['loss', 'dice', 'crossEntropy', 'presence', 'consistency'],
    ],
  ];
  for (const [c, names] of cases) {
    const { losses } = await trained(c);
    assert.deepEqual(Object.keys(losses[0]), names);
    assert.ok(losses.every((l) => Object.values(l).every(Number.isFinite)));
  }
});

test('a frozen encoder stays as it came, the decoder learns', async () => {
  const engine = await openEngine({ threads: 1 });
  try {
    const c = config({ frozenEncoder: true });
    const kernel = new Float32Array(32 * 9).fill(0.125);
    await engine.write(new Map([['average.encoder.conv1.weight', kernel]]));
    let state: TrainingState | undefined;
    await trainSegmentation(c, discs(), engine, 0, {
      onCheckpoint: async (_, read) => {
        state = await read();
      },
    });
    const weights = averagedWeights(state!);
    assert.deepEqual(weights.get('encoder.conv1.weight')!.data, kernel);
    assert.ok(!state!.has('encoder.conv1.weight'), 'there is nothing to train there');
    assert.ok(state!.has('decoder.1.conv1.weight'));
  } finally {
    await engine.close();
  }
});

test('the rate of the encoder shortens its steps, and none of the decoder', async () => {
  const before = 0.01;
  const kernel = new Float32Array(32 * 9).fill(before);
  const bias = 'decoder.4.head.bias';
  const moved = async (encoderRate: number) => {
    const engine = await openEngine({ threads: 1 });
    try {
      await engine.write(new Map([['encoder.conv1.weight', kernel]]));
      let state: TrainingState | undefined;
      await trainSegmentation(config({ encoderRate }, { steps: 1 }), discs(), engine, 0, {
        onCheckpoint: async (_, read) => {
          state = await read();
        },
      });
      return state!;
    } finally {
      await engine.close();
    }
  };
  const [whole, quarter] = [await moved(1), await moved(0.25)];
  const step = (state: TrainingState) =>
    state.get('encoder.conv1.weight')!.data.map((w) => w - before);
  const [long, short] = [step(whole), step(quarter)];
  assert.ok(long.some((d) => Math.abs(d) > 1e-4));
  long.forEach((d, i) => {
    assert.ok(Math.abs(short[i] - d / 4) < 1e-7, `${short[i]} of ${d}`);
  });
  assert.deepEqual(quarter.get(bias)!.data, whole.get(bias)!.data);
});

test('patches that are drawn for a lesion show it, of the right image and place', () => {
  const c = config({ foreground: 1 }, { imageSize: 16 });
  const data = discs();
  for (let step = 0; step < 5; step++) {
    const feeds = drawSegmentationBatch(c, data, step, 0);
    for (let i = 0; i < c.batch; i++) {
      const [mask, image] = [feeds.masks, feeds.images].map((planes) =>
        Array.from(planes.subarray(i * 256, (i + 1) * 256), Number),
      );
      assert.ok(mask.includes(1), 'a lesion is on it');
      mask.forEach((m, at) => {
        assert.equal(m === 1, image[at] >= 150, 'bright where the mask says so');
      });
    }
  }
});

test('a batch holds images without masks only where a term asks for them', () => {
  assert.deepEqual(segmentationPlan(config()), { masked: 4, told: 0, unmasked: 0, strong: 1 });
  assert.deepEqual(segmentationPlan(config({ presence: 1, consistency: 1, strongViews: 2 })), {
    masked: 4,
    told: 2,
    unmasked: 2,
    strong: 2,
  });
});

test('grades tell of a lesion what masks do not: with two of them, on which images there is one', async () => {
  const data = discs();
  const two = { ...data, masked: [data.masked[0], data.masked[6]] };
  const c = config({ presence: 1 }, { steps: 100, viewStrength: 0.2 });
  const { losses } = await trained(c, two);
  const loss = losses.slice(-20).reduce((sum, l) => sum + l.presence, 0) / 20;
  assert.ok(loss > 0 && loss < 0.35, `presence ${loss}; guessing costs ${Math.LN2}`);
});

test('what grades tell: half with a lesion, and of parts of an image only that there is none', () => {
  const data = discs();
  const whole = config({ presence: 1 });
  const parts = config({ presence: 1 }, { imageSize: 16 });
  for (let step = 0; step < 5; step++) {
    assert.deepEqual(
      [...(drawSegmentationBatch(whole, data, step, 0).told as Float32Array)],
      [1, 0],
    );
    const drawn = drawSegmentationBatch(parts, data, step, 0);
    assert.deepEqual([...(drawn.told as Float32Array)], [0, 0]);
    const dark = [...(drawn.images as Uint8Array)].slice(4 * 256).every((v) => v < 150);
    assert.ok(dark, 'they are the images told of');
  }
  const nobody = { ...data, told: [] };
  assert.throws(() => usableTold(whole, nobody), /presence: .* has a grade; give grades/);
  assert.throws(() => usableTold(parts, nobody), /presence: .* grade of 0/);
  assert.deepEqual(usableTold(config(), nobody), []);
});
