// Numbers as people read them.

import type { Estimate } from '../evaluation/evaluate.js';

/** Three decimals; an en dash where there is no value. */
export function decimal(value: number | null | undefined, digits = 3): string {
  return value === null || value === undefined || !Number.isFinite(value)
    ? '–'
    : value.toFixed(digits).replace('-', '−');
}

/** `+0.120`, `−0.030`. */
export function signed(value: number | null): string {
  return value !== null && value > 0 ? `+${decimal(value)}` : decimal(value);
}

/** `0.512 to 0.634`. */
export function interval(
  ci95: Estimate['ci95'],
  write = decimal as (value: number) => string,
): string {
  return ci95 === null ? 'no interval' : `${write(ci95[0])} to ${write(ci95[1])}`;
}

/** `12,345`. */
export function count(value: number): string {
  return value.toLocaleString('en-GB');
}

/** `1 subject`, `2 subjects`. */
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
}

/** `95 s`, `12 min`, `3.5 h`. */
export function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
