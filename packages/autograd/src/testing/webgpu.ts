// WebGPU where there is no GPU: Debian's Vulkan loader, and the software driver in its `chromium` package
// (SwiftShader). And which provider computed each op, by ONNX Runtime's own profile.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';

/**
 * Chooses the driver named in `VK_DRIVER_FILES`, or else SwiftShader.
 * @returns false, or why a test must be skipped
 */
export function chooseDriver(): string | false {
  const driver = process.env.VK_DRIVER_FILES ?? SWIFTSHADER;
  if (process.platform !== 'linux') return 'the software Vulkan driver is known on Linux only';
  if (!existsSync(driver)) return `no Vulkan driver at ${driver}: apt-get install chromium`;
  const libraries = execFileSync('/sbin/ldconfig', ['-p'], { encoding: 'utf8' });
  if (!libraries.includes('libvulkan.so.1')) return 'no Vulkan loader: apt-get install libvulkan1';
  process.env.VK_DRIVER_FILES = driver;
  process.env.XDG_RUNTIME_DIR ??= tmpdir(); // else the Vulkan loader complains
  return false;
}

interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly args?: { readonly provider?: string; readonly op_name?: string };
}

/** The ops that each provider computed, sorted. @param prefix the `profile` option of a closed engine */
export function opsByProvider(prefix: string): Record<string, string[]> {
  const ops: Record<string, Set<string>> = {};
  for (const file of readdirSync(dirname(prefix))) {
    if (!file.startsWith(basename(prefix))) continue;
    const path = join(dirname(prefix), file);
    for (const { cat, name, args } of JSON.parse(readFileSync(path, 'utf8')) as ProfileEvent[]) {
      if (cat !== 'Node' || !name.endsWith('_kernel_time')) continue;
      if (!args?.provider || !args.op_name) continue;
      ops[args.provider] ??= new Set();
      ops[args.provider].add(args.op_name);
    }
  }
  return Object.fromEntries(Object.entries(ops).map(([p, names]) => [p, [...names].sort()]));
}
