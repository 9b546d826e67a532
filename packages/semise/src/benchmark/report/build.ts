// Rows to report: all sections that the rows have something to say on.

import { InputError } from '../../errors.js';
import type { Row } from '../rows.js';
import type { SegmentationRow } from '../segmentation.js';
import type { BenchmarkDocument } from './document.js';
import { type Results, readResults } from './results.js';
import { ablations } from './sections/ablations.js';
import { comparisonTables } from './sections/comparisons.js';
import { conditionTables } from './sections/conditions.js';
import { headline } from './sections/headline.js';
import { labelEfficiency } from './sections/label-efficiency.js';
import { losses } from './sections/losses.js';
import { methodTables } from './sections/methods.js';
import { protocol } from './sections/protocol.js';
import { segmentationSections } from './sections/segmentation.js';

/**
 * The same rows give the same document.
 * @param file where the rows come from, as the reader is told
 * @param segmentation rows of the benchmark of segmentation, if they are to be shown, too
 * @throws InputError if there are none
 */
export function benchmarkDocument(
  rows: readonly Row[],
  file: string,
  segmentation: readonly SegmentationRow[] = [],
): { results: Results; document: BenchmarkDocument } {
  if (rows.length === 0) {
    throw new InputError(`${file}: no rows; run semise benchmark GRID --out ${file} first`);
  }
  const results = readResults(rows);
  const sections = [
    headline(results),
    methodTables(results),
    labelEfficiency(results),
    comparisonTables(results),
    ablations(results),
    conditionTables(results),
    losses(results),
    protocol(results, file),
    ...segmentationSections(segmentation),
  ].map((section) => ({
    ...section,
    tables: section.tables.filter((table) => table.rows.length > 0),
  }));
  const tuning = results.split === 'validation';
  return {
    results,
    document: {
      title: tuning ? 'Tuning on the validation splits' : 'Benchmark: few labels',
      text: [
        tuning
          ? 'Scores on validation, with seeds that are not reported: for choosing settings, not for citing.'
          : '`semise` is ours, `semise-paper` the published method, other `semise-...` are variants of ours; all other names are rivals.',
      ],
      sections: sections.filter(({ id, tables }) => tables.length > 0 || id === 'losses'),
    },
  };
}
