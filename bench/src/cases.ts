// What is measured. A case is data: both sides, ours and PyTorch's, read the same line of it.

import type { EncoderName } from 'semise';

export interface Case {
  readonly id: string;
  readonly work: 'train' | 'infer' | 'semise' | 'unet' | 'embed';
  readonly network: EncoderName;
  /** Pixels along each side of the images that the network sees. */
  readonly size: number;
  /** Images a step. */
  readonly batch: number;
  /** Outputs of the last layer; torchvision's networks have 1000. */
  readonly classes: number;
}

const of = (
  work: Case['work'],
  network: EncoderName,
  size: number,
  batch: number,
  classes = 1000,
): Case => {
  const name = work === 'semise' || work === 'unet' ? work : network;
  const kind = { train: 'train', infer: 'infer', semise: 'step', unet: 'train', embed: '' }[work];
  return { id: `${name}-${size}-b${batch}-${kind}`, work, network, size, batch, classes };
};

export const CASES: readonly Case[] = [
  of('train', 'resnet18', 64, 32),
  of('train', 'resnet18', 128, 16),
  of('train', 'resnet18', 224, 8),
  of('train', 'resnet50', 224, 8),
  of('train', 'small', 64, 32, 5),
  // 32 images, two views of each: 64 pass through the encoder.
  of('semise', 'small', 64, 32, 5),
  { ...of('unet', 'resnet18', 128, 8, 1), id: 'unet-128-b8-train' },
  of('infer', 'resnet18', 64, 32),
  of('infer', 'resnet18', 224, 8),
  of('infer', 'resnet50', 64, 32),
  of('infer', 'resnet50', 224, 8),
  // 64 files a step, in batches of 32.
  { ...of('embed', 'resnet18', 224, 64, 5), id: 'embed-jpeg' },
];

/** @throws Error naming the ID that is not a case */
export function pickCases(ids: readonly string[]): readonly Case[] {
  if (ids.length === 0) return CASES;
  return ids.map((id) => {
    const found = CASES.find((c) => c.id === id);
    if (!found) throw new Error(`no case "${id}"; one of ${CASES.map((c) => c.id).join(', ')}`);
    return found;
  });
}
