// A stamp on limits.json says what the limits were, when, and for which model; the run's log says whether that
// was before the external images were first opened.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeJson } from '../../atomic.js';
import { InputError } from '../../errors.js';
import {
  type AcceptanceLimits,
  limitsHash,
  parseLimits,
  type Stamp,
} from '../../evaluation/acceptance/limits.js';
import type { Precedence } from '../../report/validation/report-data.js';
import { fingerprint } from '../dataset.js';
import { RUN_FILES } from '../files.js';
import { VERSION } from '../version.js';
import { appendToLog, openedImages, type ValidationLog } from './log.js';

export interface StampOptions {
  /** Folder of the run that the limits are for; its log keeps the stamp too. */
  readonly run?: string;
  /** Stamps a stamped file anew, with today's date. */
  readonly again?: boolean;
}

/** @throws InputError if it cannot be read or a field is wrong */
export async function readLimits(file: string): Promise<AcceptanceLimits> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`${file}: cannot be read (${error.code}); give a file of limits`);
  });
  return parseLimits(text, file);
}

/**
 * Writes a stamp into a file of acceptance limits: their hash, the model's, and the date.
 * @throws InputError if the file is wrong, or stamped already and `again` is not given
 */
export async function stampLimits(
  file: string,
  { run, again = false }: StampOptions = {},
): Promise<Stamp> {
  const { stamp: before, ...content } = await readLimits(file);
  if (before && !again) {
    const edited = before.limits !== limitsHash(content);
    throw new InputError(
      edited
        ? `${file}: was edited after its stamp of ${before.date}; undo that, or give --again for a stamp of today`
        : `${file}: is stamped since ${before.date}; keep that, or give --again for a stamp of today`,
    );
  }
  const stamp: Stamp = {
    limits: limitsHash(content),
    model: run === undefined ? null : await modelHash(run),
    date: new Date().toISOString(),
    semise: VERSION,
  };
  if (run !== undefined && stamp.model !== null) {
    const { limits, model, date } = stamp;
    await appendToLog(run, { event: 'stamped', date, limits, model });
  }
  await writeJson(file, { ...content, stamp });
  return stamp;
}

/** SHA-256 of a run's model.onnx. @throws InputError if there is none */
export const modelHash = (run: string): Promise<string> => fingerprint(join(run, RUN_FILES.model));

/**
 * The stamp of a file, checked.
 * @throws InputError if the limits were edited after it, or it was made for another model
 */
export function checkedStamp(file: string, limits: AcceptanceLimits, model: string): Stamp | null {
  const { stamp } = limits;
  if (!stamp) return null;
  if (stamp.limits !== limitsHash(limits)) {
    throw new InputError(
      `${file}: was edited after its stamp of ${stamp.date}; undo that, or stamp it anew with semise accept --again`,
    );
  }
  if (stamp.model !== null && stamp.model !== model) {
    throw new InputError(
      `${file}: was stamped for another model (${stamp.model.slice(0, 12)}..., this is ${model.slice(0, 12)}...); stamp it for this one with semise accept --again --run`,
    );
  }
  return stamp;
}

/**
 * What came first, by the log as it was before this validation.
 *
 * @param images fingerprints of the external images
 */
export function precedence(
  log: ValidationLog,
  stamp: Stamp | null,
  images: readonly string[],
): Precedence {
  const asked = new Set(images);
  const found = new Set<string>();
  let first: number | null = null;
  log.entries.forEach((entry, i) => {
    if (entry.event !== 'opened') return;
    const shared = openedImages(entry).filter((image) => asked.has(image));
    for (const image of shared) found.add(image);
    if (shared.length > 0) first ??= i;
  });
  const firstOpened = first === null ? null : log.entries[first].date;
  // The log is believed before the file; limits stamped twice were what they are since the first time.
  const at = stamp
    ? log.entries.findIndex((entry) => entry.event === 'stamped' && entry.limits === stamp.limits)
    : -1;
  const date = at >= 0 ? log.entries[at].date : (stamp?.date ?? null);
  const before =
    at >= 0
      ? at < (first ?? Infinity)
      : date !== null && (firstOpened === null || date < firstOpened);
  return {
    stamped: !log.whole ? 'unknown' : !stamp ? 'never' : before ? 'first' : 'after',
    date,
    inLog: at >= 0,
    firstOpened,
    openedBefore: found.size,
  };
}
