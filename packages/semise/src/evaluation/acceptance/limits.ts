// limits.json: what a model must reach on an external set, set before anybody looks at it.

import { createHash } from 'node:crypto';
import { z } from 'zod';
import { InputError } from '../../errors.js';
import { AT_A_GRADE, FIGURE_ERRORS, FIGURES, type FigureName } from './figures.js';

/** A value of an attribute, or a range of numbers: `from` and above, `below` and not that itself. */
const attributeSchema = z.union([
  z.string(),
  z.number(),
  z
    .strictObject({ from: z.number().optional(), below: z.number().optional() })
    .refine(({ from, below }) => from !== undefined || below !== undefined, {
      message: 'give from, below or both',
    }),
]);

const limitSchema = z.strictObject({
  metric: z.enum(FIGURES),
  /** Of sensitivity and specificity: the grade from which on an image counts as ill. */
  grade: z.number().int().min(1).optional(),
  /** The lower end of the 95 % interval must not lie below. */
  lower: z.number().optional(),
  /** The upper end must not lie above: of errors, of which less is better. */
  upper: z.number().optional(),
  /** Only images whose attributes are these; `site` is one of them. */
  subgroup: z.record(z.string(), attributeSchema).optional(),
  note: z.string().optional(),
});

const stampSchema = z.strictObject({
  /** SHA-256 of the file's content without the stamp (`limitsHash`). */
  limits: z.string(),
  /** SHA-256 of the model.onnx it was stamped for; null where none was named. */
  model: z.string().nullable(),
  /** ISO 8601. */
  date: z.iso.datetime(),
  semise: z.string(),
});

const fileSchema = z.strictObject({
  limits: z.array(limitSchema).min(1),
  /** With fewer subjects no figure is accepted; 20 unless told. */
  fewestSubjects: z.number().int().min(2).optional(),
  note: z.string().optional(),
  stamp: stampSchema.optional(),
});

export type Limit = z.infer<typeof limitSchema>;
export type Stamp = z.infer<typeof stampSchema>;
/** A checked limits.json. */
export type AcceptanceLimits = z.infer<typeof fileSchema>;
export type AttributeChoice = z.infer<typeof attributeSchema>;

/** Below this many subjects percentile intervals are too narrow to decide by. */
export const FEWEST_SUBJECTS = 20;

const RANGES: Partial<Record<FigureName, readonly [number, number]>> = {
  maee: [1, Infinity],
  mae: [0, Infinity],
  worstClassMae: [0, Infinity],
  rps: [0, Infinity],
  brier: [0, 2],
  qwk: [-1, 1],
  spearman: [-1, 1],
};

/**
 * Checks the text of a limits.json.
 *
 * @param file its name, for messages
 * @throws InputError naming file, field and cure
 */
export function parseLimits(text: string, file: string): AcceptanceLimits {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new InputError(`${file}: not valid JSON (${(error as Error).message}); mend it`);
  }
  const parsed = fileSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError(
      `${file}: field ${named(issue.path)}: ${issue.message}; as in { "limits": [ { "metric": "macroF1", "lower": 0.6 } ] }`,
    );
  }
  parsed.data.limits.forEach((limit, i) => {
    const wrong = problem(limit);
    if (wrong)
      throw new InputError(`${file}: field ${named(['limits', i, wrong[0]])}: ${wrong[1]}`);
  });
  return parsed.data;
}

const named = (path: readonly PropertyKey[]): string => path.map(String).join('.') || '(the whole)';

function problem({ metric, grade, lower, upper }: Limit): [field: string, why: string] | null {
  if (AT_A_GRADE.has(metric) !== (grade !== undefined)) {
    return AT_A_GRADE.has(metric)
      ? ['grade', `missing; give the grade from which on an image counts as ill, as 2`]
      : ['grade', `${metric} does not stand at a grade; leave it out`];
  }
  const error = FIGURE_ERRORS.has(metric);
  const [right, wrong] = error ? ['upper', 'lower'] : ['lower', 'upper'];
  if ((error ? lower : upper) !== undefined) {
    return [wrong, `${error ? 'less' : 'more'} is better of ${metric}; give ${right} instead`];
  }
  const bound = error ? upper : lower;
  if (bound === undefined) return [right, `missing; give the bound that ${metric} must keep`];
  const [low, high] = RANGES[metric] ?? [0, 1];
  if (bound < low || bound > high) {
    return [right, `${bound}, but ${metric} runs from ${low} to ${high}; give a bound in there`];
  }
  return null;
}

/**
 * SHA-256, hexadecimal, of the limits without their stamp: of their canonical JSON (keys sorted, no space;
 * RFC 8785), so that layout does not matter and any change of content does.
 */
export function limitsHash({ stamp: _, ...content }: AcceptanceLimits): string {
  return createHash('sha256').update(canonical(content)).digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value)
    .filter(([, of]) => of !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, of]) => `${JSON.stringify(key)}:${canonical(of)}`).join(',')}}`;
}

/** Whether an image's attributes are those of a subgroup. */
export function inSubgroup(
  attributes: Readonly<Record<string, string>>,
  subgroup: Limit['subgroup'] = {},
): boolean {
  return Object.entries(subgroup).every(([name, chosen]) => {
    const value = attributes[name]?.trim() ?? '';
    if (typeof chosen === 'string') return value === chosen;
    if (value === '') return false;
    const number = Number(value);
    if (typeof chosen === 'number') return number === chosen;
    return number >= (chosen.from ?? -Infinity) && number < (chosen.below ?? Infinity);
  });
}

/** `sex F, age from 60 below 75`; empty where the limit is for all. */
export const subgroupName = (subgroup: Limit['subgroup'] = {}): string =>
  Object.entries(subgroup)
    .map(([name, chosen]) =>
      typeof chosen === 'object'
        ? [
            name,
            chosen.from === undefined ? '' : `from ${chosen.from}`,
            chosen.below === undefined ? '' : `below ${chosen.below}`,
          ]
            .filter(Boolean)
            .join(' ')
        : `${name} ${chosen}`,
    )
    .join(', ');
