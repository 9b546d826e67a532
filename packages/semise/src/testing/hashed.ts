// For tests: numbers that this side and PyTorch work out alike, so that 25 million weights need not
// be stored. The other side: models/fixtures/make_goldens.py.

/** `count` numbers in [-1, 1) by name and index: FNV-1a of the name, MurmurHash3's mixer of the index. */
export function hashed(name: string, count: number): Float64Array {
  let seed = 0x811c9dc5;
  for (const byte of Buffer.from(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let h = Math.imul(i, 0x9e3779b1) ^ seed;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    h ^= h >>> 16;
    values[i] = (h >>> 8) / 2 ** 23 - 1;
  }
  return values;
}
