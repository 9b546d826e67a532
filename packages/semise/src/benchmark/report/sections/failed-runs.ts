// Which runs failed, and why.

import { cell, type DocumentTable } from '../document.js';

export const failedRuns = (runs: readonly { name: string; error?: string }[]): DocumentTable => ({
  caption: 'Failed runs',
  head: ['run', 'why'],
  rows: runs.map(({ name, error }) => [cell(name), cell(error ?? '')]),
});
