// From what a hospital has to labels.csv, pictures and a quality report.
//
// The work is done in `DIR.partial`: pictures appear there whole, and a journal says which files are
// done. Only when everything is written the folder gets its name, so DIR is whole or not there, and an
// import that was killed goes on where it stopped.

import { createHash } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { stringify } from 'csv-stringify/sync';
import { exists, makeFolder, unwritable, writeJson, writeWhole } from '../../atomic.js';
import { InputError } from '../../errors.js';
import { HEAD } from '../decode/format.js';
import type { DecodeRules } from '../decode/index.js';
import { LIMITS, type Limits } from '../decode/picture.js';
import { openKey } from '../deidentify/index.js';
import { isDicom } from '../dicom/index.js';
import type { Split } from '../manifest.js';
import { PRESETS } from '../presets/index.js';
import { listed } from '../table.js';
import { type Field, gradeOf, splitOf } from './fields.js';
import { type Refused, readOne, type Source } from './files.js';
import { readSheet } from './grades.js';
import { defaultKeyFile, type Hash, hashBy } from './hashing.js';
import { appendJournal, type Done, readJournal, type Taken } from './journal.js';
import { acrossSplits, type Leakage, withoutLeakage } from './leakage.js';
import { type Lookup, presetLookup, sheetLookup, withSheetMasks } from './lookup.js';
import { namesOf } from './names.js';
import { type Plan, type PlannedImage, planByNames, planByPreset } from './plan.js';
import { findDuplicates, type Imported, isBlank, type Quality, qualityOf } from './quality.js';
import { openSource } from './source.js';
import { type TakeInRules, takeIn, takeInMasks } from './take-in.js';

export interface ImportOptions {
  /** Folder, archive or image; or the csv file that lists the images beside it. */
  readonly source: string;
  /** Folder to write; it must not exist. */
  readonly out: string;
  /** A public set's layout, by name. */
  readonly preset?: string;
  /** The sheet of grades; unless told, labels.csv or the only table at the top of the source. */
  readonly grades?: string;
  /** Columns of the sheet by field, where their names do not tell. */
  readonly columns?: Partial<Record<Field, string>>;
  /** Columns of the sheet to keep; all, or none where names are hashed. */
  readonly attributes?: readonly string[];
  /** Words that stand for grades, the healthiest first. */
  readonly order?: readonly string[];
  /** What of an image's path is its subject. */
  readonly subject?: RegExp;
  /** File of the key that names are hashed with. DICOM is always hashed, else by the user's own key. */
  readonly key?: string;
  readonly slices?: DecodeRules['slices'];
  readonly plane?: DecodeRules['plane'];
  readonly window?: DecodeRules['window'];
  /** What to do with a picture in two splits; `refuse` unless told. */
  readonly leakage?: Leakage;
  /** Refuse if any file cannot be read. */
  readonly strict?: boolean;
  readonly limits?: Partial<Limits>;
  /** The quality report as HTML. */
  readonly render?: (quality: Quality) => string;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface ImportResult {
  readonly labels: string;
  readonly quality: Quality;
  /** What could not be read, under its own name: for the terminal, not for the folder. */
  readonly unreadable: readonly Refused[];
}

/**
 * Takes in a source.
 * @throws InputError if it cannot be used: nothing readable, tables that do not fit, a picture in two
 *   splits. What was done so far stays in `out`.partial, where the next try goes on
 * @throws the signal's reason if stopped
 */
export async function importImages(options: ImportOptions): Promise<ImportResult> {
  const out = resolve(options.out);
  if (await exists(out))
    throw new InputError(`${options.out}: already exists; give another --out, or remove it`);
  const limits: Limits = { ...LIMITS, ...options.limits };
  const folder = `${out}.partial`;
  const given = await givenSource(options);
  const source = await openSource(given.path, limits, [out, folder]);
  const sheet = options.preset ? null : await sheetFor(source, given.sheet, options);
  const plan = planFor(source, sheet, options);
  const hash = await hashFor(source, plan, options, out);
  const rules: TakeInRules = {
    folder,
    names: namesOf(
      plan.images.map(({ file }) => file.path),
      hash,
    ),
    hash,
    slices: options.slices ?? 'middle',
    plane: options.plane ?? 'axial',
    window: options.window ?? 'file',
    limits,
  };
  const lookup = sheet
    ? sheetLookup(sheet.sheet, plan.images, {
        columns: options.columns ?? {},
        attributes: options.attributes ?? (hash ? [] : null),
        folder: sheet.folder,
        hash,
      })
    : await presetLookup(source, plan.images);
  try {
    await begin(rules, source, options);
    const done = await takeInAll(source, plan, rules, options);
    const masks = await masksOf(source, plan, done, rules, out);
    const unreadable = [
      ...source.refused,
      ...[...done.values()].flatMap(({ path, reason }) => (reason ? [{ path, reason }] : [])),
      ...masks.refused,
    ];
    const all = together(plan, done, masks.byImage, lookup, rules, out, options);
    if (all.imported.length === 0)
      throw new InputError(
        `${options.source}: no image in it can be read: ${listed(unreadable.map(({ path, reason }) => `${path} (${reason})`)) || 'it holds none'}`,
      );
    if (options.strict && unreadable.length > 0)
      throw new InputError(
        `${options.source}: ${unreadable.length} files cannot be read: ${listed(unreadable.map(({ path, reason }) => `${path} (${reason})`))}; mend them, or leave out --strict`,
      );
    const quality = await judge(all, { unreadable, plan, hash, options, folder });
    await rename(folder, out);
    for (const scaffold of [JOURNAL, BEGUN]) await rm(join(out, scaffold));
    return { labels: join(out, 'labels.csv'), quality, unreadable };
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    throw code && syscall ? unwritable(folder, error as NodeJS.ErrnoException) : error;
  }
}

const JOURNAL = 'journal.jsonl';
/** Holds what the import was begun with. */
const BEGUN = 'begun';
const TABLE = /\.(csv|tsv|xlsx)$/i;

/** A csv file as source stands for the folder it lies in. */
async function givenSource({ source, grades }: ImportOptions) {
  if (!TABLE.test(source) || !(await stat(source).catch(() => null))?.isFile())
    return { path: source, sheet: grades ?? null };
  return { path: dirname(source), sheet: grades ?? source };
}

/** The sheet of grades: the one given, or the one that the source clearly has. */
async function sheetFor(source: Source, given: string | null, { order }: ImportOptions) {
  if (given !== null) {
    const bytes = await readFile(given).catch((error: NodeJS.ErrnoException) => {
      throw new InputError(`${given}: cannot be read (${error.code}); give a CSV or XLSX file`);
    });
    if (!TABLE.test(given))
      throw new InputError(
        `${given}: is no CSV or XLSX file by its name; give the sheet of grades`,
      );
    const inside = source.folder === null ? '..' : relative(source.folder, dirname(resolve(given)));
    const folder =
      inside === '' || inside.startsWith('..') ? '' : `${inside.replaceAll('\\', '/')}/`;
    return { sheet: await readSheet(given, bytes), folder };
  }
  if (order) return null;
  const top = source.files.filter(({ path }) => TABLE.test(path) && !path.includes('/'));
  const named = top.filter(({ path }) => /^(labels|grades)\.(csv|tsv|xlsx)$/i.test(path));
  const [only, another] = named.length > 0 ? named : top;
  if (!only || another) return null;
  return { sheet: await readSheet(only.path, await readOne(source, only.path)), folder: '' };
}

function planFor(
  source: Source,
  sheet: Awaited<ReturnType<typeof sheetFor>>,
  options: ImportOptions,
): Plan {
  if (!options.preset) {
    const plan = planByNames(source, {
      order: options.order ?? [],
      subject: options.subject ?? null,
      classFolders: !sheet || options.order !== undefined,
    });
    return sheet ? withSheetMasks(plan, sheet.sheet, options.columns ?? {}, sheet.folder) : plan;
  }
  const preset = PRESETS.find(({ name }) => name === options.preset);
  if (!preset)
    throw new InputError(
      `--preset ${options.preset}: unknown; there are ${PRESETS.map(({ name }) => name).join(', ')}`,
    );
  return planByPreset(source, preset);
}

/** How names are hashed: with a key that was given, or because the images are DICOM. */
async function hashFor(
  source: Source,
  plan: Plan,
  { key }: ImportOptions,
  out: string,
): Promise<Hash | null> {
  const outside = [out, `${out}.partial`];
  if (key) return hashBy(await openKey(key, outside));
  const strange = plan.images.filter(
    ({ file }) => !/\.(png|jpe?g|tiff?|nii(\.gz)?|npz)$/i.test(file.path),
  );
  for (const { file } of strange.slice(0, 20))
    if (isDicom(await headOf(source, file.path, file.place)))
      return hashBy(await openKey(await defaultKeyFile(), outside));
  return null;
}

async function headOf(source: Source, path: string, place: string | null): Promise<Buffer> {
  if (place === null)
    return (await readOne(source, path).catch(() => Buffer.alloc(0))).subarray(0, HEAD);
  const handle = await open(place).catch(() => null);
  const head = Buffer.alloc(HEAD);
  const { bytesRead = 0 } = (await handle?.read(head, 0, HEAD, 0).catch(() => null)) ?? {};
  await handle?.close();
  return head.subarray(0, bytesRead);
}

/** Makes the folder, or goes on in it if it was begun by the same rules. */
async function begin(rules: TakeInRules, source: Source, options: ImportOptions): Promise<void> {
  const { slices, plane, window, limits, hash, folder } = rules;
  const begun = createHash('sha256')
    .update(JSON.stringify([1, slices, plane, window, limits, hash?.name('') ?? null]))
    .update(JSON.stringify([source.folder, options.preset ?? null]))
    .digest('hex');
  const mark = join(folder, BEGUN);
  const before = await readFile(mark, 'utf8').catch(() => null);
  if (before === begun) return;
  if (before !== null || !(await exists(folder))) {
    await rm(folder, { recursive: true, force: true });
    await makeFolder(join(folder, 'images'));
    await makeFolder(join(folder, 'masks'));
    await writeWhole(mark, begun);
    return;
  }
  throw new InputError(
    `${folder}: is in the way and not of an import; move it, or give another --out`,
  );
}

async function takeInAll(
  source: Source,
  { images }: Plan,
  rules: TakeInRules,
  { onProgress, signal }: ImportOptions,
): Promise<Map<string, Done>> {
  const journal = join(rules.folder, JOURNAL);
  const before = await readJournal(journal);
  const done = new Map<string, Done>();
  const planned = new Map<string, PlannedImage>();
  for (const image of images) {
    const entry = before.get(image.file.path);
    // What could not be read is tried again: a file share may have come back.
    if (entry && entry.stamp === image.file.stamp && entry.reason === null)
      done.set(image.file.path, entry);
    else planned.set(image.file.path, image);
  }
  const files = source.deliver(new Set(planned.keys()))[Symbol.asyncIterator]();
  let writing = Promise.resolve();
  const lane = async () => {
    for (let next = await files.next(); !next.done; next = await files.next()) {
      signal?.throwIfAborted();
      const { file } = next.value;
      const image = planned.get(file.path) as PlannedImage;
      const entry = await takeIn(source, image, next.value, rules);
      done.set(file.path, entry);
      writing = writing.then(() => appendJournal(journal, entry));
      await writing;
      onProgress?.(done.size, images.length);
    }
  };
  const lanes = await Promise.allSettled(
    Array.from({ length: Math.min(4, availableParallelism()) }, lane),
  );
  await files.return?.();
  for (const { status, reason } of lanes as PromiseRejectedResult[])
    if (status === 'rejected') throw reason;
  return done;
}

/** Masks of pictures that are no volumes: the source's own file, where it can be used as it is. */
async function masksOf(
  source: Source,
  { images }: Plan,
  done: ReadonlyMap<string, Done>,
  rules: TakeInRules,
  out: string,
) {
  const byImage = new Map<string, string>();
  const refused: Refused[] = [];
  for (const image of images) {
    const { path } = image.file;
    const [taken] = done.get(path)?.taken ?? [];
    if (taken?.part !== '' || image.masks.length === 0) continue;
    const [only] = image.masks;
    try {
      // Read in any case: a mask of another size is none.
      const written = await takeInMasks(source, image, taken.measured, rules);
      const asItIs =
        image.masks.length === 1 && only.place && !rules.hash && /\.png$/i.test(only.path);
      if (asItIs) await rm(join(rules.folder, written));
      byImage.set(path, asItIs ? pathFrom(out, only.place as string) : written);
    } catch (error) {
      const { message, syscall } = error as NodeJS.ErrnoException;
      if (syscall) throw error;
      refused.push({ path: only.path, reason: message.trim().replaceAll(/\s*\n\s*/g, '; ') });
    }
  }
  return { byImage, refused };
}

interface Together {
  readonly imported: readonly Imported[];
  readonly notes: readonly string[];
}

/** Joins what files, paths and tables tell. Tables know best, then paths, then the files themselves. */
function together(
  plan: Plan,
  done: ReadonlyMap<string, Done>,
  masks: ReadonlyMap<string, string>,
  lookup: Lookup,
  { hash }: TakeInRules,
  out: string,
  options: ImportOptions,
): Together {
  const words = Object.fromEntries(
    (options.order ?? []).map((word, grade) => [word.toLowerCase(), grade]),
  );
  // Who gives a csv as source wants its rows, and not all that lies beside it.
  const listedOnly = TABLE.test(options.source);
  const strange = new Set<string>();
  const days = firstDays(done);
  const imported: Imported[] = [];
  for (const planned of plan.images) {
    for (const taken of done.get(planned.file.path)?.taken ?? []) {
      const row = lookup.find(planned, taken.patient, taken.uids);
      if (!row && listedOnly) continue;
      const filled = Object.entries(row ?? {}).filter(([, cell]) => cell !== '');
      const fields = { ...taken.fields, ...planned.fields, ...Object.fromEntries(filled) };
      const {
        image: _,
        subject,
        grade: said = '',
        split = '',
        site = '',
        mask: __,
        ...rest
      } = fields;
      const grade = gradeOf(said, { ...planned.part.grades, ...words });
      if (grade === null) strange.add(said);
      const image = taken.image ?? pathFrom(out, planned.file.place as string);
      imported.push({
        image,
        subject: subjectOf(subject, taken, image, hash),
        grade: grade === '' ? null : grade,
        split: (splitOf(split) || null) as Split | null,
        site,
        mask: taken.mask ?? masks.get(planned.file.path) ?? null,
        spacing: taken.spacing,
        attributes: { ...rest, ...dayOf(taken, days) },
        measured: taken.measured,
      });
    }
  }
  const notes = [...plan.notes, ...lookup.problems()];
  const words10 = [...strange].slice(0, 10).map((word) => `"${word}"`);
  if (strange.size > 0 && imported.every(({ grade }) => grade === null))
    throw new InputError(
      `${options.grades ?? options.source}: no grade is a whole number from 0 to 99: ${words10.join(', ')}; ` +
        'give the words in their order, healthy first, with --order',
    );
  if (strange.size > 0)
    notes.push(`Cells that are no grade, taken as ungraded: ${words10.join(', ')}.`);
  const burned = imported.filter(({ attributes }) => attributes.burned_in_annotation === 'YES');
  if (burned.length > 0)
    notes.push(
      `${burned.length} images say that text is burned into their pixels: it may name patients.`,
    );
  return { imported, notes };
}

function subjectOf(
  said: string | undefined,
  taken: Taken,
  image: string,
  hash: Hash | null,
): string {
  if (said) return hash?.subject(said) ?? said;
  return taken.patient ?? image;
}

/** The first study day of each patient. */
function firstDays(done: ReadonlyMap<string, Done>): Map<string, number> {
  const first = new Map<string, number>();
  for (const { taken } of done.values())
    for (const { patient, day } of taken)
      if (patient !== null && day !== null)
        first.set(patient, Math.min(day, first.get(patient) ?? day));
  return first;
}

function dayOf(
  { patient, day }: Taken,
  first: ReadonlyMap<string, number>,
): Record<string, string> {
  if (patient === null || day === null) return {};
  return { study_day: String(day - (first.get(patient) as number)) };
}

interface Circumstances {
  readonly unreadable: readonly Refused[];
  readonly plan: Plan;
  readonly hash: Hash | null;
  readonly options: ImportOptions;
  readonly folder: string;
}

/** Writes the report and labels.csv. @throws InputError if a picture or patient is in two splits */
async function judge(
  { imported: found, notes }: Together,
  { unreadable, plan, hash, options, folder }: Circumstances,
): Promise<Quality> {
  const { leakage = 'refuse' } = options;
  const duplicates = findDuplicates(found);
  const leaking = acrossSplits(found, duplicates.all);
  const splits = leakage === 'fix' ? withoutLeakage(found, duplicates.all) : null;
  const moved = found.filter(({ split }, i) => splits && splits[i] !== split);
  const placed = found.map((image, i) => ({ ...image, split: splits ? splits[i] : image.split }));
  const quality = qualityOf({
    source: hash ? '' : basename(resolve(options.source)),
    imported: found,
    duplicates,
    unreadable: unreadable.map(({ path, reason }) => ({
      path: hash?.name(path) ?? path,
      reason,
    })),
    moved: moved.map(({ image }) => image),
    otherFiles: plan.others.length,
    notes: [...notes, ...sharedBySubjects(found, duplicates.all)],
  });
  await writeJson(join(folder, 'quality.json'), quality);
  if (options.render) await writeWhole(join(folder, 'quality.html'), options.render(quality));
  const inTwo = subjectInTwoSplits(placed);
  if (inTwo)
    throw new InputError(
      `${options.source}: subject ${inTwo} is in two splits; put all images of a subject into one, or let --fix-leakage do so`,
    );
  if (leaking.length > 0 && leakage === 'refuse')
    throw new InputError(
      `${options.source}: ${leaking.length} pictures stand in more than one split, as ` +
        `${leaking[0].map((i) => found[i].image).join(' and ')} (all in ${join(folder, 'quality.json')}); ` +
        'give --fix-leakage to move them into one split, or --allow-leakage',
    );
  await writeWhole(join(folder, 'labels.csv'), labelsOf(placed.filter((image) => !isBlank(image))));
  return quality;
}

/** Where splits are still to be drawn by subject, doubles of different subjects will come apart. */
function sharedBySubjects(
  images: readonly Imported[],
  groups: readonly (readonly number[])[],
): string[] {
  const shared = groups.filter(
    (group) =>
      group.some((i) => images[i].split === null) &&
      new Set(group.map((i) => images[i].subject)).size > 1,
  );
  if (shared.length === 0) return [];
  return [
    `${shared.length} pictures stand under more than one subject and have no split yet: a split drawn by subject may put one on both sides. Train with --fix-leakage.`,
  ];
}

function subjectInTwoSplits(images: readonly Imported[]): string | null {
  const seen = new Map<string, Split>();
  for (const { subject, split } of images) {
    if (split === null) continue;
    if ((seen.get(subject) ?? split) !== split) return subject;
    seen.set(subject, split);
  }
  return null;
}

/** Cells that a spreadsheet would take for formulas are written so that it does not. */
function labelsOf(images: readonly Imported[]): string {
  const attributes = [...new Set(images.flatMap(({ attributes }) => Object.keys(attributes)))];
  const has = (use: (image: Imported) => unknown) => images.some(use);
  const optional = [
    ...(has(({ split }) => split) ? ['split'] : []),
    ...(has(({ mask }) => mask) ? ['mask'] : []),
    ...(has(({ site }) => site) ? ['site'] : []),
    ...(has(({ spacing }) => spacing) ? ['row_spacing_mm', 'column_spacing_mm'] : []),
  ];
  const columns = ['image', 'subject', 'grade', ...optional, ...attributes];
  const rows = images.map((image) => ({
    ...image.attributes,
    image: image.image,
    subject: image.subject,
    grade: image.grade ?? '',
    split: image.split ?? '',
    mask: image.mask ?? '',
    site: image.site,
    row_spacing_mm: image.spacing?.[0] ?? '',
    column_spacing_mm: image.spacing?.[1] ?? '',
  }));
  return stringify(rows, { header: true, columns, escape_formulas: true });
}

const pathFrom = (out: string, place: string): string => relative(out, place).replaceAll('\\', '/');
