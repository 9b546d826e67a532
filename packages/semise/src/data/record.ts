// What labels.csv says of one image.

export type Split = 'train' | 'validation' | 'test';

/**
 * One row. Its fields are read out of columns (manifest-columns.ts), so name those you want:
 * `{ ...record }` copies none.
 */
export interface ImageRecord {
  /** As written in the file. */
  readonly image: string;
  /** Absolute path of the image. */
  readonly path: string;
  /** The patient; the image's own name where the file has no such column. */
  readonly subject: string;
  /** 0 = healthy, larger = worse; null = unlabelled. */
  readonly grade: number | null;
  /** The split that the file asks for, null = ours to choose (`assignSplits`). */
  readonly split: Split | null;
  /** Absolute path of the lesion mask. */
  readonly mask: string | null;
  readonly site: string | null;
  /** All further columns, e.g. age, sex, device. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Line in the file, the header is line 1. */
  readonly line: number;
}
