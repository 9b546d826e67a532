// PyTorch's side: bench/pytorch/side.py in a Python that has PyTorch.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Case } from './cases.js';
import { openSide, type Side, type SideOptions } from './side.js';

const SCRIPT = fileURLToPath(new URL('../pytorch/side.py', import.meta.url));

export const NO_PYTORCH =
  'PyTorch is not installed (apt-get install python3-torch python3-torchvision python3-pil)';

export interface PytorchOptions extends SideOptions {
  /** Images and weights in the layout that PyTorch calls channels_last. */
  readonly channelsLast: boolean;
  /** Optimisers on lists of tensors (`foreach`). */
  readonly foreach: boolean;
  /** Inference traced and optimised by TorchScript. */
  readonly freeze: boolean;
}

export const openPytorch = (
  python: string,
  c: Case,
  folder: string,
  options: PytorchOptions,
): Promise<Side> =>
  openSide(python, [SCRIPT, JSON.stringify(c), folder, JSON.stringify(options)], options);

/** The version of PyTorch that a Python has together with torchvision, or null. */
export const pytorchVersion = (python: string): Promise<string | null> =>
  new Promise((resolve) => {
    const code = 'import torch, torchvision, PIL; print(torch.__version__)';
    execFile(python, ['-c', code], (error, out) => resolve(error ? null : out.trim()));
  });
