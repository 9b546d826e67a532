// The intraclass correlation ICC(2,1): how well one grade of one rater stands for the image.

import jStat from 'jstat';

/**
 * ICC(2,1): two-way random effects, absolute agreement, a single rater (P. E. Shrout & J. L. Fleiss,
 * Psychological Bulletin 86:420, 1979): the images' share of the variance of a single grade, where
 * raters who grade higher throughout count as disagreeing. 1 at most; around 0 or below: grades tell
 * nothing of the image. It takes grades for numbers with equal steps.
 *
 * @param grades images x raters, none missing
 * @param weights how often each image counts; once unless told
 * @returns null with fewer than two raters or images, or where all grades are the same
 */
export function icc21(
  grades: readonly (readonly number[])[],
  weights?: ArrayLike<number>,
): number | null {
  const raters = grades[0]?.length ?? 0;
  const weight = (i: number) => weights?.[i] ?? 1;
  const images = grades.reduce((sum, _, i) => sum + weight(i), 0);
  if (raters < 2 || images < 2) return null;
  const imageMeans = grades.map((row) => jStat.mean(row));
  const raterMeans = grades[0].map(
    (_, j) => grades.reduce((sum, row, i) => sum + weight(i) * row[j], 0) / images,
  );
  const all = jStat.mean(raterMeans);
  let betweenImages = 0;
  let residual = 0;
  grades.forEach((row, i) => {
    betweenImages += weight(i) * raters * (imageMeans[i] - all) ** 2;
    row.forEach((grade, j) => {
      residual += weight(i) * (grade - imageMeans[i] - raterMeans[j] + all) ** 2;
    });
  });
  const betweenRaters = images * raterMeans.reduce((sum, m) => sum + (m - all) ** 2, 0);
  const bms = betweenImages / (images - 1);
  const jms = betweenRaters / (raters - 1);
  const ems = residual / ((images - 1) * (raters - 1));
  const variance = bms + (raters - 1) * ems + (raters * (jms - ems)) / images;
  // Differences of equal numbers leave rounding, not variance.
  return Math.abs(variance) < 1e-12 ? null : (bms - ems) / variance;
}
