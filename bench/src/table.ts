// Rows for a terminal.

import type { Row } from './compare.js';
import type { PeerRow } from './peers.js';

const COLUMNS: readonly [title: string, width: number, cell: (row: Row) => string][] = [
  ['case', 24, (r) => r.case],
  ['ours ms', 9, (r) => r.ours_ms.toFixed(1)],
  ['PyTorch', 9, (r) => r.pytorch_ms?.toFixed(1) ?? '-'],
  ['ratio', 7, (r) => r.ratio?.toFixed(2) ?? '-'],
  ['GFLOP/s', 9, (r) => r.gflops?.toFixed(0) ?? '-'],
  ['ours MB', 9, (r) => r.ours_mb.toFixed(0)],
  ['PyTorch', 9, (r) => r.pytorch_mb?.toFixed(0) ?? '-'],
  ['layout', 8, (r) => r.pytorch_layout ?? '-'],
  ['build s', 9, (r) => (r.build_ms / 1e3).toFixed(1)],
  ['load', 7, (r) => r.load.toFixed(2)],
  ['others', 8, (r) => r.others.toFixed(2)],
  ['n', 4, (r) => `${r.n}`],
];

const line = (cells: readonly string[]) =>
  cells
    .map((text, i) => (i === 0 ? text.padEnd(COLUMNS[i][1]) : text.padStart(COLUMNS[i][1])))
    .join('');

export const heading = (): string => line(COLUMNS.map(([title]) => title));
export const tableLine = (row: Row): string => line(COLUMNS.map(([, , cell]) => cell(row)));

export const peerLine = ({ library, ms, gflops, mb, reason }: PeerRow): string =>
  `  ${library.padEnd(22)}${
    ms === null ? ` ${reason}` : `${ms.toFixed(0).padStart(9)} ms, ${gflops} GFLOP/s, ${mb} MB`
  }`;
