// From a results file to the pages that people read.

import { basename } from 'node:path';
import { writeWhole } from '../../atomic.js';
import { readRows } from '../rows.js';
import { readSegmentationRows } from '../segmentation.js';
import { benchmarkDocument } from './build.js';
import { renderMarkdown } from './markdown.js';
import { renderBenchmarkPage } from './page.js';

/**
 * Writes the report of a results file, and of one of segmentation, if given.
 * @throws InputError if the file is none or holds no row
 */
export async function writeBenchmarkReport(
  file: string,
  out: { readonly markdown: string; readonly html: string },
  segmentation?: string,
): Promise<void> {
  const { document, results } = benchmarkDocument(
    await readRows(file),
    basename(file),
    segmentation ? await readSegmentationRows(segmentation) : [],
  );
  await writeWhole(out.markdown, renderMarkdown(document));
  await writeWhole(out.html, renderBenchmarkPage(document, results));
}
