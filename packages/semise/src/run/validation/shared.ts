// Whether an external set is external: no picture of it, and no subject, that the run has seen.

import { dirname, join, resolve } from 'node:path';
import {
  type ImageCache,
  type ImageRecord,
  type Leakage,
  nearDuplicates,
  type Print,
  type Split,
} from '../../data/index.js';
import { readTable } from '../../data/table.js';
import { InputError } from '../../errors.js';
import type { SharedWithRun } from '../../report/validation/report-data.js';
import { RUN_FILES } from '../files.js';
import { openForRun } from '../graded-file.js';
import { printFrom } from '../leakage.js';
import type { OpenRun } from '../predict.js';

/** Images and subjects of split.csv. */
async function seenBy(folder: string, { config }: OpenRun) {
  const rows = await readTable(
    join(folder, RUN_FILES.split),
    ['image', 'subject', 'split'],
    ['grade', 'graded'],
  );
  return rows.map(({ values: { image, subject, split } }) => ({
    image,
    subject,
    split: split as Split,
    path: resolve(dirname(config.data.file), image),
  }));
}

/**
 * Looks for pictures and subjects of the rows among those of the run, whatever its split: what it trained on,
 * and what it was chosen and tested by.
 *
 * @throws InputError with `refuse`, if there are any pictures, or subjects where both are one file
 */
export async function sharedWithRun(
  folder: string,
  run: OpenRun,
  file: string,
  rows: readonly ImageRecord[],
  leakage: Leakage,
): Promise<SharedWithRun & { readonly leaking: ReadonlySet<string> }> {
  const seen = await seenBy(folder, run);
  const sameFile = resolve(file) === run.config.data.file;
  const subjects = new Map(seen.map((s) => [s.subject, s]));
  // Without a column subject an image is its own, and its name says nothing about another file's.
  const named = rows.filter((r) => (sameFile || r.subject !== r.image) && subjects.has(r.subject));
  const names = [...new Set(named.map((r) => r.subject))].sort();
  const prints = await printsOf(
    run,
    [...seen, ...rows].map((r) => r.path),
  );
  const compared = seen.filter((_, i) => prints[i] !== null).length;
  const at = [...prints.keys()].filter((i) => prints[i] !== null);
  const found = new Map<string, { image: string; of: string; split: Split }>();
  for (const { a, b } of nearDuplicates(at.map((i) => prints[i] as Print))) {
    const [one, two] = [at[a], at[b]];
    if (one >= seen.length || two < seen.length) continue;
    const { image } = rows[two - seen.length];
    if (!found.has(image)) found.set(image, { image, of: seen[one].image, split: seen[one].split });
  }
  const pictures = [...found.values()];
  const leaking = new Set([
    ...rows.filter((r) => found.has(r.image)).map((r) => r.subject),
    ...(sameFile ? names : []),
  ]);
  if (leakage === 'refuse' && leaking.size > 0) {
    const what = pictures[0]
      ? `${pictures.length} of its pictures are the run's own, as ${pictures[0].image} (${pictures[0].of} in its ${pictures[0].split} split)`
      : `${names.length} of its subjects are the run's own, as ${names[0]} (in its ${subjects.get(names[0])?.split} split)`;
    throw new InputError(
      `${file}: not external: ${what}; give --fix-leakage to leave these subjects out, or --allow-leakage`,
    );
  }
  const leftOut = leakage === 'fix' ? rows.filter((r) => leaking.has(r.subject)).length : 0;
  return { compared, ofRun: seen.length, pictures, names, sameFile, leftOut, leaking };
}

/** Null where an image cannot be read. */
async function printsOf(run: OpenRun, paths: readonly string[]): Promise<(Print | null)[]> {
  // Each path once: the external rows may be the run's.
  const distinct = [...new Set(paths)];
  let cache: ImageCache;
  try {
    cache = await openForRun(run, distinct, { skipBad: true });
  } catch (error) {
    if (error instanceof InputError) return paths.map(() => null);
    throw error;
  }
  try {
    const bad = new Set(cache.bad.map((b) => b.index));
    const prints = new Map<string, Print | null>();
    for (const [i, path] of distinct.entries()) {
      prints.set(path, bad.has(i) ? null : await printFrom(cache, i, path));
    }
    return paths.map((path) => prints.get(path) ?? null);
  } finally {
    cache.close();
  }
}
