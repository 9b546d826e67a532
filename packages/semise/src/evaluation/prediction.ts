// What a model says of one image, and `predictions.csv`, the file that keeps it.

import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { type CsvError, parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { InputError } from '../errors.js';

export type Split = 'train' | 'validation' | 'test';

export interface Prediction {
  /** Path of the image as `labels.csv` gives it. */
  image: string;
  subject: string;
  split: Split;
  /** The expert's grade, 0 = healthy; null where the image has none. */
  grade: number | null;
  /** The model's grade, an integer in 0..K-1. */
  predicted: number;
  /** Severity score: any real number, larger = worse. */
  score: number;
  /** Probability of each grade, K numbers; empty where the model gives none. */
  probabilities: readonly number[];
}

const COLUMNS = ['image', 'subject', 'split', 'grade', 'predicted', 'score'];

/**
 * Writes `predictions.csv`: `image, subject, split, grade, predicted, score, p0..pK-1`, numbers at
 * full precision, an empty grade where there is none. The file appears whole or not at all.
 */
export async function writePredictions(
  file: string,
  predictions: readonly Prediction[],
): Promise<void> {
  const classes = predictions[0]?.probabilities.length ?? 0;
  const header = [...COLUMNS, ...Array.from({ length: classes }, (_, k) => `p${k}`)];
  const rows = predictions.map((p) => {
    if (p.probabilities.length !== classes) {
      throw new InputError(
        `${p.image}: ${p.probabilities.length} probabilities where the first image has ${classes}; give every image as many`,
      );
    }
    return [
      p.image,
      p.subject,
      p.split,
      p.grade === null ? '' : String(p.grade),
      String(p.predicted),
      String(p.score),
      ...p.probabilities.map(String),
    ];
  });
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, stringify([header, ...rows]));
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Reads what {@link writePredictions} wrote.
 *
 * @throws {InputError} naming file, line and field where the file is not such a table
 */
export async function readPredictions(file: string): Promise<Prediction[]> {
  const records = parseTable(file, await readText(file));
  const header = records[0]?.record ?? [];
  const missing = COLUMNS.filter((name) => !header.includes(name));
  if (missing.length > 0) {
    throw new InputError(
      `${file}, line 1: no column ${missing.join(', ')}; predictions.csv has the columns ${COLUMNS.join(', ')}, p0, p1, ...`,
    );
  }
  const probabilityColumns: number[] = [];
  for (let k = 0; header.includes(`p${k}`); k++) probabilityColumns.push(header.indexOf(`p${k}`));
  const at = (name: string) => header.indexOf(name);

  return records.slice(1).map(({ record, line }) => {
    const numeric = (column: number) => {
      const text = record[column];
      const value = Number(text);
      if (text.trim() === '' || !Number.isFinite(value)) {
        throw new InputError(
          `${file}, line ${line}: ${header[column]} is ${JSON.stringify(text)}; give a number`,
        );
      }
      return value;
    };
    const integer = (column: number) => {
      const value = numeric(column);
      if (!Number.isInteger(value) || value < 0) {
        throw new InputError(
          `${file}, line ${line}: ${header[column]} is ${JSON.stringify(record[column])}; give an integer from 0 up`,
        );
      }
      return value;
    };
    const split = record[at('split')];
    if (split !== 'train' && split !== 'validation' && split !== 'test') {
      throw new InputError(
        `${file}, line ${line}: split is ${JSON.stringify(split)}; give train, validation or test`,
      );
    }
    return {
      image: record[at('image')],
      subject: record[at('subject')],
      split,
      grade: record[at('grade')] === '' ? null : integer(at('grade')),
      predicted: integer(at('predicted')),
      score: numeric(at('score')),
      probabilities: probabilityColumns.map(numeric),
    };
  });
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new InputError(
      `${file}: cannot be read (${(error as NodeJS.ErrnoException).code}); give the predictions.csv of a run`,
    );
  }
}

function parseTable(file: string, text: string): { record: string[]; line: number }[] {
  try {
    const rows = parse(text, { bom: true, info: true }) as unknown as {
      record: string[];
      info: { lines: number };
    }[];
    return rows.map(({ record, info }) => ({ record, line: info.lines }));
  } catch (error) {
    const { message } = error as CsvError;
    throw new InputError(
      `${file}: not a table of comma-separated values (${message}); write it anew`,
    );
  }
}
