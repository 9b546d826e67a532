// For tests: what PyTorch, torchvision and the onnx package make of our files (other_readers.py).

import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../src/testing/other_readers.py', import.meta.url));
const MISSING = 3;

/**
 * @param requests as the script's head comment says
 * @returns of each request output by name, or null where the Python modules are not installed
 */
export async function askPython(
  ...requests: readonly Record<string, unknown>[]
): Promise<Record<string, number[]>[] | null> {
  const child = spawn('/usr/bin/python3', [SCRIPT], { stdio: ['pipe', 'pipe', 'pipe'] });
  const code = new Promise<number | null>((resolve) => {
    child.on('close', resolve);
    child.on('error', () => resolve(MISSING));
  });
  child.stdin.on('error', () => {}); // it may be gone before it has read all
  child.stdin.end(JSON.stringify(requests));
  const [answer, complaint, ended] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    code,
  ]);
  if (ended === MISSING) return null;
  if (ended !== 0) throw new Error(`other_readers.py: ${complaint}`);
  return JSON.parse(answer);
}
