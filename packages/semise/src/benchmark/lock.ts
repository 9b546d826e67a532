// One process at a time: a lock file that holds the process's number. Held by none once that process
// is gone, also if it was killed; not lost while it is stopped, as locks by time are. For the
// processes of one machine.

import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';

/** @returns how to give it back, or null where another process has it */
export async function tryLock(file: string): Promise<(() => Promise<void>) | null> {
  const mine = `${file}.${randomUUID()}`;
  await writeFile(mine, `${process.pid}\n`);
  try {
    while (!(await taken(mine, file))) {
      if ((await holder(file)) === 'lives') return null;
      await dropStale(file, mine);
    }
    return () => rm(file, { force: true });
  } finally {
    await rm(mine, { force: true });
  }
}

/** Waits until the lock is free. @returns how to give it back */
export async function lock(file: string, signal?: AbortSignal): Promise<() => Promise<void>> {
  for (;;) {
    signal?.throwIfAborted();
    const release = await tryLock(file);
    if (release) return release;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Linking fails where the name exists, and the file appears with its content. */
const taken = (mine: string, file: string): Promise<boolean> =>
  link(mine, file).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );

/**
 * Removes a lock whose holder is gone. One at a time may, or the slower of two would remove what the
 * quicker one has taken meanwhile. Killed just here, a process leaves its right to do so behind, which
 * is then taken from it without such care.
 */
async function dropStale(file: string, mine: string): Promise<void> {
  const right = `${file}.dropping`;
  if (!(await taken(mine, right))) {
    if ((await holder(right)) === 'gone') await rm(right, { force: true });
    return;
  }
  if ((await holder(file)) === 'gone') await rm(file, { force: true });
  await rm(right, { force: true });
}

/** The state of the process whose number the file holds; `none` where there is no file. */
async function holder(file: string): Promise<'lives' | 'gone' | 'none'> {
  const content = await readFile(file, 'utf8').catch(() => null);
  if (content === null) return 'none';
  const pid = Number(content);
  return pid > 0 && alive(pid) ? 'lives' : 'gone';
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
