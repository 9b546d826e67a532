// Who uses the processor: on a shared machine a turn counts little while others compute.

import { readFile, writeFile } from 'node:fs/promises';

/** Linux counts processor time in hundredths of a second. */
const TICKS = 100;

/** Seconds of processor time: of the whole machine since it started, and of one process. */
export interface Spent {
  readonly machine: number;
  readonly process: number;
}

/** NaN where the system does not tell. */
export async function spent(pid: number): Promise<Spent> {
  const read = (file: string) => readFile(file, 'utf8').catch(() => '');
  return {
    machine: machineSeconds(await read('/proc/stat')),
    process: processSeconds(await read(`/proc/${pid}/stat`)),
  };
}

/** All but idle and waiting time of /proc/stat; what a host took away ("steal") is others' work, too. */
export function machineSeconds(text: string): number {
  const [user, nice, system, , , irq, softirq, steal] = text
    .slice(0, text.indexOf('\n'))
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS;
}

/**
 * Linux shares the processor between sessions first (autogroups), between their processes then: the
 * session of a process that was started `detached` is put before all others.
 * @throws Error where the system knows no such thing, or only lets root do it
 */
export async function goFirst(pid: number): Promise<void> {
  try {
    await writeFile(`/proc/${pid}/autogroup`, '-20');
  } catch (error) {
    throw new Error(`--first needs Linux and root: ${(error as Error).message}`);
  }
}

/** User and system time of /proc/PID/stat. The name of the program, in brackets, may hold anything. */
export function processSeconds(text: string): number {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
}

/** How many cores others used between two readings; 0 where the system does not tell. */
export function othersShare(before: Spent, after: Spent, seconds: number): number {
  const others = after.machine - before.machine - (after.process - before.process);
  return Number.isFinite(others) ? Math.max(0, others / seconds) : 0;
}
