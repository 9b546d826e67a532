// What a batch is made of, and where in it each view of each image lies.
//
// Images stand in the order of PARTS. Rows are views: all first views, part after part, then all second
// views. The rows of the student, through which gradients flow, come first; those of the teacher follow.

/** Strength of a view: random changes as the preset has them. */
export const STRONG = 1;

/** What one part of a batch holds. */
export interface PartPlan {
  /** Images; of comparisons, pairs of images. */
  readonly images: number;
  /** The strength of each view that the student sees, as a share of the preset's: 0 changes nothing. */
  readonly views: readonly number[];
  /** The strength of each view that the teacher sees; none unless told. */
  readonly teacher?: readonly number[];
}

/** What a batch is made of. */
export interface BatchPlan {
  /** Graded images. */
  readonly graded?: PartPlan;
  /** Comparisons, two images each. */
  readonly comparisons?: PartPlan;
  /** Images of the training split, graded or not. */
  readonly any?: PartPlan;
  /** For each of `any` another image of its subject, or itself where the subject has no other. */
  readonly siblings?: Omit<PartPlan, 'images'>;
  /** Graded images that no loss learns from: by them the teacher is judged. */
  readonly held?: PartPlan;
  /** The graded views are mixed with one another before the encoder sees them (mixup). */
  readonly mixesGraded?: boolean;
  /** For how many rows partners and shares are drawn, for a method that mixes by itself. */
  readonly mixed?: number;
}

/** The parts of a batch, in the order of its images: `more` and `less` are the two sides of comparisons. */
export const PARTS = ['graded', 'more', 'less', 'any', 'siblings', 'held'] as const;
export type PartName = (typeof PARTS)[number];

/** One view of all images of one part. */
export interface Block {
  readonly part: PartName;
  /** Which view of the part, from 0. */
  readonly view: number;
  readonly strength: number;
  readonly images: number;
  /** The part's first image in the batch. */
  readonly firstImage: number;
  /** The block's first row among the rows of its reader. */
  readonly firstRow: number;
}

/** Who looks at the views of a batch. */
export type Reader = 'student' | 'teacher';

const partOf = (plan: BatchPlan, part: PartName): PartPlan | undefined => {
  if (part === 'more' || part === 'less') return plan.comparisons;
  if (part === 'siblings') return plan.siblings && { ...plan.siblings, images: countOf(plan.any) };
  return plan[part];
};

/** Images, or pairs, of a part. */
export const countOf = (part: PartPlan | undefined): number => part?.images ?? 0;

/** Images in a batch, before views. */
export const batchSize = (plan: BatchPlan): number =>
  PARTS.reduce((total, part) => total + countOf(partOf(plan, part)), 0);

/** The blocks that one reader sees, in the order of their rows. */
export function blocks(plan: BatchPlan, reader: Reader): Block[] {
  const viewsOf = (part: PartPlan) => (reader === 'student' ? part.views : (part.teacher ?? []));
  const parts: { part: PartName; firstImage: number; of: PartPlan }[] = [];
  let firstImage = 0;
  for (const part of PARTS) {
    const of = partOf(plan, part);
    if (of && of.images > 0) parts.push({ part, firstImage, of });
    firstImage += countOf(of);
  }
  const deepest = Math.max(0, ...parts.map(({ of }) => viewsOf(of).length));
  const found: Block[] = [];
  let firstRow = 0;
  for (let view = 0; view < deepest; view++) {
    for (const { part, firstImage, of } of parts) {
      const strength = viewsOf(of)[view];
      if (strength === undefined) continue;
      found.push({ part, view, strength, images: of.images, firstImage, firstRow });
      firstRow += of.images;
    }
  }
  return found;
}

/** Views that one reader sees of a batch. */
export const rowsOf = (plan: BatchPlan, reader: Reader): number =>
  blocks(plan, reader).reduce((total, { images }) => total + images, 0);

/** One value for each row of one reader. @param of given the row's block and the image's place in its part */
export const eachRow = <T>(
  plan: BatchPlan,
  reader: Reader,
  of: (block: Block, place: number) => T,
): T[] =>
  blocks(plan, reader).flatMap((block) =>
    Array.from({ length: block.images }, (_, place) => of(block, place)),
  );
