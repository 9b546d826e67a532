// Residual networks (He et al., arXiv 1512.03385) with torchvision's shapes and names, and a small
// one for two cores.

import { add, globalAvgPool2d, maxPool2d, relu, type Tensor } from '@semise/autograd';
import { batchNormalization, convolution } from './layers.js';
import type { Scope } from './scope.js';

export interface Encoded {
  /** [N, F] */
  readonly features: Tensor;
  /** Feature maps [N, C, H, W], from fine to coarse: the skip connections of a U-Net. */
  readonly stages: readonly Tensor[];
}

/** An encoder: images [N, C, H, W], standardised, to features. */
export type Encoder = (scope: Scope, images: Tensor) => Encoded;

interface ResNet {
  readonly block: 'basic' | 'bottleneck';
  readonly depths: readonly number[];
  /** Channels of the first stage; each next one doubles them. */
  readonly width: number;
  /** 7 x 7 and a max pool, for images of 128 px and more, or 3 x 3 with stride 2 for small ones. */
  readonly stem: 'large' | 'small';
}

/** Output channels of a bottleneck block, in widths. */
const EXPANSION = 4;

function resnet({ block, depths, width, stem }: ResNet): Encoder {
  return (scope, images) => {
    let x =
      stem === 'large'
        ? convolution(scope, 'conv1', images, width, 7, { stride: 2, padding: 3 })
        : convolution(scope, 'conv1', images, width, 3, { stride: 2, padding: 1 });
    x = relu(batchNormalization(scope, 'bn1', x));
    const stages = [x];
    if (stem === 'large') x = maxPool2d(x, { kernel: 3, stride: 2, padding: 1 });
    depths.forEach((depth, stage) => {
      for (let i = 0; i < depth; i++) {
        const stride = i === 0 && stage > 0 ? 2 : 1;
        const s = scope.within(`layer${stage + 1}`).within(`${i}`);
        const channels = width * 2 ** stage;
        x = block === 'basic' ? basic(s, x, channels, stride) : bottleneck(s, x, channels, stride);
      }
      stages.push(x);
    });
    return { features: globalAvgPool2d(x), stages };
  };
}

function basic(scope: Scope, x: Tensor, channels: number, stride: number): Tensor {
  let y = convolution(scope, 'conv1', x, channels, 3, { stride, padding: 1 });
  y = relu(batchNormalization(scope, 'bn1', y));
  y = convolution(scope, 'conv2', y, channels, 3, { padding: 1 });
  y = batchNormalization(scope, 'bn2', y);
  return relu(add(y, shortcut(scope, x, channels, stride)));
}

function bottleneck(scope: Scope, x: Tensor, channels: number, stride: number): Tensor {
  let y = relu(batchNormalization(scope, 'bn1', convolution(scope, 'conv1', x, channels, 1)));
  y = convolution(scope, 'conv2', y, channels, 3, { stride, padding: 1 });
  y = relu(batchNormalization(scope, 'bn2', y));
  y = convolution(scope, 'conv3', y, channels * EXPANSION, 1);
  y = batchNormalization(scope, 'bn3', y);
  return relu(add(y, shortcut(scope, x, channels * EXPANSION, stride)));
}

function shortcut(scope: Scope, x: Tensor, channels: number, stride: number): Tensor {
  if (x.shape[1] === channels && stride === 1) return x;
  const s = scope.within('downsample');
  return batchNormalization(s, '1', convolution(s, '0', x, channels, 1, { stride }));
}

const RESNETS = {
  /** 4 residual blocks of 32 to 256 channels, 1.2 M weights, for images of 48 to 96 px. */
  small: { block: 'basic', depths: [1, 1, 1, 1], width: 32, stem: 'small' },
  resnet18: { block: 'basic', depths: [2, 2, 2, 2], width: 64, stem: 'large' },
  resnet34: { block: 'basic', depths: [3, 4, 6, 3], width: 64, stem: 'large' },
  resnet50: { block: 'bottleneck', depths: [3, 4, 6, 3], width: 64, stem: 'large' },
} as const satisfies Record<string, ResNet>;

export type EncoderName = keyof typeof RESNETS;
export const ENCODER_NAMES = Object.keys(RESNETS) as EncoderName[];

/** The encoders by name. */
export const ENCODERS = Object.fromEntries(
  Object.entries(RESNETS).map(([name, shape]) => [name, resnet(shape)]),
) as Record<EncoderName, Encoder>;

/** Channels of an encoder's stages, from fine to coarse. */
export function stageChannels(encoder: EncoderName): number[] {
  const { block, depths, width } = RESNETS[encoder];
  const wider = block === 'basic' ? 1 : EXPANSION;
  return [width, ...depths.map((_, stage) => wider * width * 2 ** stage)];
}
