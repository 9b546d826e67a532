// What a preset says: how a public set is laid out by its owner, as data and not as code.

/** A set of files that are read by the same rules. */
export interface Part {
  /**
   * Which images, by their path within the source (any folders may stand before). The named groups are
   * what the path tells: `key` joins the image with tables and masks (its name without ending, where
   * there is no such group); `subject`, `grade`, `split`, `site`; any other name is an attribute.
   */
  readonly images: RegExp;
  /** Their masks, joined by `key`; several masks of one image are united. */
  readonly masks?: RegExp;
  readonly tables?: readonly TableRule[];
  /** What holds for all images of the part, e.g. `{ split: 'train' }`. */
  readonly fixed?: Readonly<Record<string, string>>;
  /** Grades by the words that the set uses for them, in lower case. */
  readonly grades?: Readonly<Record<string, number>>;
  /** A table of which each row names the images of one subject. */
  readonly subjects?: { readonly file: RegExp; readonly columns: readonly string[] };
}

export interface TableRule {
  readonly file: RegExp;
  /** The column that names the image, with or without folder and ending. */
  readonly key: string;
  /** Where fields stand; of several columns the first that is not empty counts. */
  readonly columns: Readonly<Record<string, string | readonly string[]>>;
  /** The grade is that of the column which holds 1; where none does, that of `''`. */
  readonly oneHot?: Readonly<Record<string, number>>;
  /** Whether the part makes sense without it. */
  readonly optional?: boolean;
}

export interface Preset {
  readonly name: string;
  readonly title: string;
  /** Where the owner describes the set. */
  readonly source: string;
  readonly parts: readonly Part[];
  /** What a user should know of the set, shown in the quality report. */
  readonly notes: readonly string[];
}
