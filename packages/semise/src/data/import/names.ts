// Names of the pictures that an import writes.

import type { Hash } from './hashing.js';

/**
 * A name for each path, the same at every import: hashed, or the path itself in letters that every
 * system takes, made unique by a number.
 */
export function namesOf(paths: readonly string[], hash: Hash | null): Map<string, string> {
  const names = new Map<string, string>();
  const used = new Set<string>();
  for (const path of [...paths].sort()) {
    const plain = hash?.name(path) ?? readable(path);
    let name = plain;
    // Case counts for nothing: not all disks tell it apart.
    for (let n = 2; used.has(name.toLowerCase()); n++) name = `${plain}-${n}`;
    used.add(name.toLowerCase());
    names.set(path, name);
  }
  return names;
}

function readable(path: string): string {
  const bare = path.replace(/(\.nii)?\.[a-z]{2,5}(\.gz)?$/i, '');
  return (
    bare
      .replaceAll(/[^A-Za-z0-9._-]+/g, '_')
      .replace(/^[._-]+/, '')
      .slice(-150) || 'image'
  );
}
