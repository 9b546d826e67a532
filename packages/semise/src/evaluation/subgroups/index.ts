export * from './association.js';
export type { Attributes, LeftOut, PartitionOptions } from './attributes.js';
export { ASPECTS, type Aspect, type Gap, type Rate } from './gaps.js';
export * from './subgroups.js';
