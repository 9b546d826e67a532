// What labels.csv says of an image beside its grade, for looking at subgroups.

import type { ImageRecord } from '../data/index.js';
import type { Attributes } from '../evaluation/subgroups/index.js';

/** Site, where there is one, and every further column. */
export const attributesOf = ({ site, attributes }: ImageRecord): Attributes =>
  site === null ? attributes : { site, ...attributes };
