// validations.jsonl of a run: which external images were opened when, and which limits were stamped when. Each
// line names the hash of a line before it, so that a line changed or taken out is noticed.

import { createHash } from 'node:crypto';
import { appendFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { unwritable } from '../../atomic.js';
import { RUN_FILES } from '../files.js';

const stampedSchema = z.object({
  event: z.literal('stamped'),
  /** ISO 8601. */
  date: z.string(),
  /** Hash of the limits. */
  limits: z.string(),
  /** SHA-256 of model.onnx. */
  model: z.string(),
});

const openedSchema = z.object({
  event: z.literal('opened'),
  date: z.string(),
  /** What opened them, e.g. `validate`. */
  command: z.string(),
  /** SHA-256 of labels.csv. */
  data: z.string(),
  site: z.string().nullable(),
  /** Hash of the limits they were held against. */
  limits: z.string().nullable(),
  /** Fingerprints of the images as the model saw them (`imageFingerprint`), in a row. */
  images: z.string(),
});

const entrySchema = z.discriminatedUnion('event', [stampedSchema, openedSchema]);
export type LogEntry = z.infer<typeof entrySchema>;

export interface ValidationLog {
  readonly entries: readonly LogEntry[];
  /** False where a line was changed, or one before another was taken out. */
  readonly whole: boolean;
}

/** Hexadecimal digits kept of an image's SHA-256: 48 bits, so that no two of a million are alike by chance. */
const DIGITS = 12;

/** Of pixels as the model sees them. */
export const imageFingerprint = (pixels: Uint8Array): string => sha256(pixels).slice(0, DIGITS);

/** The fingerprints that an entry names. */
export const openedImages = ({ images }: { readonly images: string }): string[] =>
  images.match(new RegExp(`.{${DIGITS}}`, 'g')) ?? [];

/** The log of a run; empty where nothing was opened yet. */
export async function readLog(run: string): Promise<ValidationLog> {
  const entries: LogEntry[] = [];
  const known = new Set<string | null>([null]);
  let whole = true;
  for (const line of await lines(run)) {
    const parsed = parse(line);
    if (parsed && known.has(parsed.previous)) entries.push(parsed.entry);
    else whole = false;
    known.add(sha256(line));
    // Only the first line has none before it.
    known.delete(null);
  }
  return { entries, whole };
}

/** Adds a line. @throws InputError if the run folder cannot be written to */
export async function appendToLog(run: string, entry: LogEntry): Promise<void> {
  const file = join(run, RUN_FILES.validations);
  const last = (await lines(run)).at(-1);
  const line = JSON.stringify({ ...entry, previous: last === undefined ? null : sha256(last) });
  // One write, so that two at a time do not mix; both may follow the same line.
  await appendFile(file, `${line}\n`).catch((error: NodeJS.ErrnoException) => {
    throw unwritable(file, error);
  });
}

async function lines(run: string): Promise<string[]> {
  const text = await readFile(join(run, RUN_FILES.validations), 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    },
  );
  return text.split('\n').filter((line) => line !== '');
}

function parse(line: string): { entry: LogEntry; previous: string | null } | null {
  try {
    const json = JSON.parse(line) as { previous?: unknown };
    const entry = entrySchema.safeParse(json);
    const previous = z.string().nullable().safeParse(json.previous);
    return entry.success && previous.success
      ? { entry: entry.data, previous: previous.data }
      : null;
  } catch {
    return null;
  }
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
