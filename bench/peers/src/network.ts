// The networks of the cases in terms of a library's own layers, so that each peer runs the same one.

/** Layers of a library; weights are made by name and shape at their first use. Images are padded with zeros. */
export interface Layers<T> {
  /** No bias. @param padding on each side */
  convolution(x: T, name: string, out: number, kernel: number, stride: number, padding: number): T;
  batchNorm(x: T, name: string): T;
  relu(x: T): T;
  add(a: T, b: T): T;
  /** 3 x 3, stride 2, one pixel of padding, of values that are not negative. */
  maxPool(x: T): T;
  /** The mean over the image. */
  globalPool(x: T): T;
  linear(x: T, name: string, out: number): T;
  /** Called before a value is used for the second time. */
  again(x: T): T;
  channels(x: T): number;
}

/** Logits of torchvision's ResNet-18, or of our `small`: four blocks of 32 to 256 channels. */
export function network<T>(l: Layers<T>, name: string, classes: number, images: T): T {
  const large = name === 'resnet18';
  if (!large && name !== 'small') throw new Error(`no ${name} for this library`);
  const width = large ? 64 : 32;
  let x = large
    ? l.convolution(images, 'conv1', width, 7, 2, 3)
    : l.convolution(images, 'conv1', width, 3, 2, 1);
  x = l.relu(l.batchNorm(x, 'bn1'));
  if (large) x = l.maxPool(x);
  for (let stage = 0; stage < 4; stage++) {
    for (let i = 0; i < (large ? 2 : 1); i++) {
      const stride = i === 0 && stage > 0 ? 2 : 1;
      x = block(l, `layer${stage + 1}.${i}`, x, width * 2 ** stage, stride);
    }
  }
  return l.linear(l.globalPool(x), 'fc', classes);
}

function block<T>(l: Layers<T>, name: string, x: T, channels: number, stride: number): T {
  const same = stride === 1 && l.channels(x) === channels;
  const input = l.again(x);
  let y = l.convolution(input, `${name}.conv1`, channels, 3, stride, 1);
  y = l.relu(l.batchNorm(y, `${name}.bn1`));
  y = l.batchNorm(l.convolution(y, `${name}.conv2`, channels, 3, 1, 1), `${name}.bn2`);
  const skip = same
    ? x
    : l.batchNorm(l.convolution(x, `${name}.down.0`, channels, 1, stride, 0), `${name}.down.1`);
  return l.relu(l.add(y, skip));
}
