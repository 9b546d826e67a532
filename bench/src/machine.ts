// The machine as the table names it. Figures of two machines do not mix: which of ONNX Runtime's and
// PyTorch's kernels run depends on the vector unit, which the model's name does not tell.

import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, totalmem } from 'node:os';

export async function machineName(): Promise<string> {
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  const gigabytes = Math.round(totalmem() / 1e9);
  return `${processorName(cpus()[0].model, text)}, ${availableParallelism()} cores, ${gigabytes} GB`;
}

/** @param text of /proc/cpuinfo; empty where there is none */
export function processorName(model: string, text: string): string {
  const field = (name: string) => text.match(new RegExp(`^${name}\\s*:\\s*(.*)$`, 'm'))?.[1];
  const flags = field('flags')?.split(' ') ?? [];
  const known = [
    field('cpu family') && `family ${field('cpu family')}`,
    field('model') && `model ${field('model')}`,
    flags.includes('avx512f') ? 'AVX-512' : flags.includes('avx2') && 'AVX2',
  ].filter(Boolean);
  return known.length === 0 ? model : `${model} (${known.join(', ')})`;
}
