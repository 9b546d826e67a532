// What tables say of an image: a preset's own tables, or the sheet of grades that a user gives.

import { InputError } from '../../errors.js';
import type { Part } from '../presets/index.js';
import { columnsOf, FIELDS, type Field } from './fields.js';
import { readOne, type Source } from './files.js';
import { readSheet, type Sheet } from './grades.js';
import type { Hash } from './hashing.js';
import { type Plan, type PlannedImage, stemOf } from './plan.js';

/** Fields and attributes by name. */
export type Row = Readonly<Record<string, string>>;

export interface Lookup {
  /**
   * @param patient the hashed patient of a DICOM image, else null
   * @param uids its hashed identifiers
   */
  find(image: PlannedImage, patient: string | null, uids: readonly string[]): Row | null;
  /** What does not fit together, in words; complete once all images were looked up. */
  problems(): string[];
}

/** The tables of a preset. @throws InputError if one that is needed is missing or unreadable */
export async function presetLookup(
  source: Source,
  images: readonly PlannedImage[],
): Promise<Lookup> {
  const rows = new Map<Part, Map<string, Record<string, string>>>();
  const seen = new Map<Part, Set<string>>();
  for (const part of new Set(images.map((image) => image.part))) {
    const known = new Map<string, Record<string, string>>();
    rows.set(part, known);
    seen.set(part, new Set());
    const add = (key: string, fields: Record<string, string>) =>
      known.set(key, { ...known.get(key), ...fields });
    for (const rule of part.tables ?? []) {
      const sheet = await sheetOf(source, rule.file, rule.optional ?? false);
      if (!sheet) continue;
      const wanted = [rule.key, ...Object.values(rule.columns).flat()];
      for (const row of trimmed(sheet, wanted)) {
        const fields: Record<string, string> = {};
        for (const [field, columns] of Object.entries(rule.columns))
          fields[field] =
            [columns]
              .flat()
              .map((column) => row[column])
              .find((cell) => cell !== '') ?? '';
        if (rule.oneHot) {
          const hot = Object.keys(rule.oneHot).find((column) => Number(row[column]) === 1);
          const grade = rule.oneHot[hot ?? ''];
          if (grade !== undefined) Object.assign(fields, { grade: String(grade) });
          if (hot) fields.diagnosis = hot;
        }
        add(stemOf(row[rule.key]).toLowerCase(), fields);
      }
    }
    if (part.subjects) {
      const { file, columns } = part.subjects;
      const sheet = (await sheetOf(source, file, false)) as Sheet;
      for (const row of trimmed(sheet, columns)) {
        const names = columns.map((column) => stemOf(row[column])).filter((name) => name !== '');
        for (const name of names) add(name.toLowerCase(), { subject: names[0] });
      }
    }
  }
  return {
    find({ part, key }) {
      const row = rows.get(part)?.get(key) ?? null;
      if (row) seen.get(part)?.add(key);
      return row;
    },
    problems() {
      const without = [...rows].flatMap(([part, known]) =>
        [...known.keys()].filter((key) => !seen.get(part)?.has(key)),
      ).length;
      return without > 0 ? [`${without} rows of the tables name images that are not there`] : [];
    },
  };
}

async function sheetOf(source: Source, pattern: RegExp, optional: boolean): Promise<Sheet | null> {
  const file = source.files.find(({ path }) => pattern.test(path));
  if (file) return readSheet(file.path, await readOne(source, file.path));
  if (optional) return null;
  const name = pattern.source
    .replace(/^\(\^\|\\\/\)/, '')
    .replaceAll(/\\(.)/g, '$1')
    .replace('$', '');
  throw new InputError(`the source has no ${name}, which the preset reads; put it there`);
}

/** Rows whose column names lost their outer blanks (IDRiD has some). @throws InputError on a missing one */
function trimmed(sheet: Sheet, wanted: readonly string[]): Record<string, string>[] {
  const names = sheet.columns.map((column) => column.trim());
  const missing = wanted.find((column) => !names.includes(column));
  if (missing !== undefined)
    throw new InputError(`${sheet.name}: no column "${missing}"; found ${names.join(', ')}`);
  return sheet.rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([column, cell]) => [column.trim(), cell])),
  );
}

export interface SheetRules {
  /** Columns by field, where the user named them. */
  readonly columns: Partial<Record<Field, string>>;
  /** Further columns to keep; null = all. */
  readonly attributes: readonly string[] | null;
  /** Folder of the sheet within the source, with a `/` at its end, '' for the top or outside. */
  readonly folder: string;
  /** Where subjects are hashed. */
  readonly hash: Hash | null;
}

/**
 * The sheet of grades. A row finds its image by path, else by name, with or without ending, in any
 * case; or by a DICOM UID; or, where it names none, all images of its subject.
 *
 * @throws InputError if no column tells the image or subject
 */
export function sheetLookup(
  sheet: Sheet,
  images: readonly PlannedImage[],
  { columns: named, attributes, folder, hash }: SheetRules,
): Lookup {
  const columns = columnsOf(sheet.name, sheet.columns, named);
  if (!columns.image && !columns.subject)
    throw new InputError(
      `${sheet.name}: no column names the image or the subject; there are ` +
        `${sheet.columns.join(', ')}; say which with --columns image=COLUMN,grade=COLUMN`,
    );
  const missing = attributes?.find((name) => !sheet.columns.includes(name));
  if (missing !== undefined)
    throw new InputError(`${sheet.name}: no column "${missing}" to keep as an attribute`);
  const taken = new Set(Object.values(columns));
  const kept = (attributes ?? sheet.columns).filter((column) => !taken.has(column));
  const fieldsOf = (row: Row): Row => ({
    ...Object.fromEntries(kept.map((column) => [column, row[column]])),
    ...Object.fromEntries(
      FIELDS.flatMap((field) => {
        const column = columns[field];
        return column === undefined ? [] : [[field, row[column]]];
      }),
    ),
  });
  const byName = indexOf(images.map(({ file }) => file.path));
  const hashedSubject = (subject: string) => hash?.subject(subject) ?? subject;
  const problems: string[] = [];
  const byPath = new Map<string, Row>();
  const byUid = new Map<string, Row>();
  const bySubject = new Map<string, Row>();
  const used = new Set<Row>();
  const twice: string[] = [];
  const ambiguous: string[] = [];
  const keep = (map: Map<string, Row>, key: string, row: Row) => {
    const before = map.get(key);
    if (before && before.grade !== row.grade) twice.push(row.image || row.subject);
    if (before) used.add(row);
    else map.set(key, row);
  };
  const rows = sheet.rows.map(fieldsOf);
  for (const row of rows) {
    if (columns.image && row.image !== '') {
      const found = byName(row.image, folder);
      if (found.length > 1) ambiguous.push(row.image);
      if (found.length === 1) keep(byPath, found[0], row);
      if (found.length === 0) keep(byUid, hash?.name(row.image) ?? row.image, row);
    } else if (columns.subject && row.subject !== '')
      keep(bySubject, hashedSubject(row.subject), row);
  }
  return {
    find({ file, fields }, patient, uids) {
      const subject = patient ?? (fields.subject ? hashedSubject(fields.subject) : '');
      const row =
        byPath.get(file.path) ??
        uids.map((uid) => byUid.get(uid)).find((found) => found !== undefined) ??
        bySubject.get(subject) ??
        null;
      if (row) used.add(row);
      return row;
    },
    problems() {
      const lost = rows.length - used.size - ambiguous.length;
      if (lost > 0) problems.push(`${lost} rows of the sheet name images that are not there`);
      if (ambiguous.length > 0)
        problems.push(
          `${ambiguous.length} rows of the sheet fit more than one image: give folders`,
        );
      if (twice.length > 0)
        problems.push(
          `${twice.length} rows of the sheet give an image a second, other grade: the first one counts`,
        );
      return problems;
    },
  };
}

/** The plan with the masks that the sheet names, which are no images then. */
export function withSheetMasks(
  plan: Plan,
  sheet: Sheet,
  named: SheetRules['columns'],
  folder: string,
): Plan {
  const { image, mask } = columnsOf(sheet.name, sheet.columns, named);
  if (!image || !mask) return plan;
  const files = new Map(
    plan.images.flatMap(({ file, masks }) => [file, ...masks]).map((file) => [file.path, file]),
  );
  const find = indexOf([...files.keys()]);
  const masks = new Map<string, string>();
  for (const row of sheet.rows) {
    const [one, other] = find(row[image], folder);
    const [marked] = row[mask] === '' ? [] : find(row[mask], folder);
    if (one && !other && marked && marked !== one) masks.set(one, marked);
  }
  const areMasks = new Set(masks.values());
  return {
    ...plan,
    images: plan.images
      .filter(({ file }) => !areMasks.has(file.path))
      .map((planned) => {
        const marked = files.get(masks.get(planned.file.path) ?? '');
        return marked ? { ...planned, masks: [marked] } : planned;
      }),
  };
}

/** Finds paths by whole path, by path from a folder, by name, and by name without ending. */
function indexOf(paths: readonly string[]) {
  const index = new Map<string, string[]>();
  const add = (kind: string, name: string, path: string) => {
    const key = `${kind}\0${name.toLowerCase()}`;
    index.set(key, [...(index.get(key) ?? []), path]);
  };
  for (const path of paths) {
    add('path', path, path);
    add('name', path.split('/').at(-1) ?? '', path);
    add('stem', stemOf(path), path);
  }
  return (cell: string, folder: string): readonly string[] => {
    const name = cell
      .replaceAll('\\', '/')
      .replace(/^(\.?\/)+/, '')
      .toLowerCase();
    const last = name.split('/').at(-1) ?? '';
    for (const key of [
      `path\0${folder.toLowerCase()}${name}`,
      `path\0${name}`,
      `name\0${last}`,
      `stem\0${stemOf(last)}`,
    ]) {
      const found = index.get(key);
      if (!found) continue;
      const within = found.filter((path) => path.toLowerCase().endsWith(`/${name}`));
      return within.length > 0 ? within : found;
    }
    return [];
  };
}
