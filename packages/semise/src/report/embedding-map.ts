// From an embedding of hundreds of dimensions to a place on paper: principal component analysis.

import { PCA } from 'ml-pca';

/** Images the axes are found from, evenly spaced over the rows; all are then placed on them. */
const FITTED = 256;

/**
 * The first two principal components of each embedding, the direction with the largest loading
 * turned positive, so that the same embeddings give the same map.
 *
 * @param vectors count x dims numbers, one embedding after another
 */
export function embeddingMap(
  vectors: Float32Array,
  count: number,
  dims: number,
): { x: number; y: number }[] {
  const rows = Array.from({ length: count }, (_, i) =>
    Array.from(vectors.subarray(i * dims, (i + 1) * dims)),
  );
  if (count < 2) return rows.map(() => ({ x: 0, y: 0 }));
  const step = Math.max(1, count / FITTED);
  const fitted = Array.from(
    { length: Math.floor(count / step) },
    (_, i) => rows[Math.floor(i * step)],
  );
  const pca = new PCA(fitted);
  const places = pca.predict(rows).to2DArray();
  const loadings = pca.getLoadings().to2DArray();
  const signs = loadings.slice(0, 2).map((loading) => {
    const largest = loading.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
    return largest < 0 ? -1 : 1;
  });
  const finite = (value: number | undefined, sign: number | undefined) =>
    value !== undefined && Number.isFinite(value) ? value * (sign ?? 1) : 0;
  return places.map(([x, y]) => ({ x: finite(x, signs[0]), y: finite(y, signs[1]) }));
}
