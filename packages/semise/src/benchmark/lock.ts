// One process at a time: a lock file that holds the process's number. Held by none once that process
// is gone, also if it was killed; not lost while it is stopped, as locks by time are. For the
// processes of one machine.

import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';

/** @returns how to give it back, or null where another process has it */
export async function tryLock(file: string): Promise<(() => Promise<void>) | null> {
  const mine = `${file}.${randomUUID()}`;
  await writeFile(mine, `${process.pid}\n`);
  try {
    while (!(await taken(mine, file))) {
      const holder = Number(await readFile(file, 'utf8').catch(() => 0));
      if (holder > 0 && alive(holder)) return null;
      await dropStale(file);
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

/** Moved away first: of several that find it stale, one moves it; a lock taken meanwhile goes back. */
async function dropStale(file: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  const moved = await rename(file, aside).then(
    () => true,
    () => false,
  );
  if (!moved) return;
  const holder = Number(await readFile(aside, 'utf8').catch(() => 0));
  if (holder > 0 && alive(holder)) await link(aside, file).catch(() => {});
  await rm(aside, { force: true });
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
