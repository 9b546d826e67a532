// history.jsonl: a line for each batch that was judged. A kill in mid-write loses the line under way
// and no other.

import { open, readFile } from 'node:fs/promises';
import { unwritable } from '../../atomic.js';
import type { HistoryEntry } from '../../evaluation/monitoring/entry.js';

/** Digits of an image's hash that are kept. */
export const HASH = 16;

/** The lines in the order they were written; what is no whole line is left out. */
export async function readHistory(file: string): Promise<HistoryEntry[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text.split('\n').flatMap((line) => {
    try {
      const entry = JSON.parse(line) as Partial<HistoryEntry> | null;
      return entry?.content && entry.verdict && Array.isArray(entry.seen)
        ? [entry as HistoryEntry]
        : [];
    } catch {
      return [];
    }
  });
}

/** Adds a line in one write, and waits until the disk has it. */
export async function appendHistory(path: string, entry: HistoryEntry): Promise<void> {
  try {
    const file = await open(path, 'a+');
    try {
      const { size } = await file.stat();
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
      // A line that a kill cut short ends here, so that ours stays whole.
      const start = size > 0 && buffer.toString() !== '\n' ? '\n' : '';
      await file.appendFile(`${start}${JSON.stringify(entry)}\n`);
      await file.datasync();
    } finally {
      await file.close();
    }
  } catch (error) {
    throw unwritable(path, error as NodeJS.ErrnoException);
  }
}
