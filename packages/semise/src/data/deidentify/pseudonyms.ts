// Keyed pseudonyms: the same key gives the same ones, without it none can be traced back or guessed.
// All are HMAC-SHA256 (RFC 2104) of what they stand for, each use with a word of its own.

import { createHmac } from 'node:crypto';
import type { PseudonymKey } from './key.js';

const hmac = (key: PseudonymKey, use: string, text: string): Buffer =>
  createHmac('sha256', key).update(`${use}\0${text}`).digest();

/** Pseudonym of a patient: 16 hex digits. Blanks around the ID do not count, as in DICOM. */
export const subjectHash = (key: PseudonymKey, patientId: string): string =>
  hmac(key, 'subject', patientId.trim()).toString('hex', 0, 8);

/** Pseudonym of anything else that could name somebody, as a file or an institution: 16 hex digits. */
export const nameHash = (key: PseudonymKey, name: string): string =>
  hmac(key, 'name', name).toString('hex', 0, 8);

/** A UID for a UID: 2.25. and 128 bits (PS3.5 B.2). */
export function remapUid(key: PseudonymKey, uid: string): string {
  const number = BigInt(`0x${hmac(key, 'uid', uid).toString('hex', 0, 16)}`);
  return `2.25.${number}`;
}

/**
 * Days by which all dates of a patient move into the past, 365 to 10,956: distances between the
 * patient's dates stay, the dates say nothing.
 */
export const shiftDays = (key: PseudonymKey, patientId: string): number =>
  365 + (hmac(key, 'dates', patientId.trim()).readUInt32BE() % 10_592);

/**
 * A date so many days earlier.
 *
 * @param date begins with YYYYMMDD or YYYY-MM-DD (or the old YYYY.MM.DD, which loses its dots); what
 *   follows, as the time of a DT, stays
 * @returns undefined if it is no date
 */
export function shiftDate(date: string, days: number): string | undefined {
  const [, year, dash, month, day, rest] =
    /^(\d{4})([-.]?)(\d{2})\2(\d{2})(.*)$/s.exec(date.trim()) ?? [];
  const time = Date.parse(`${year}-${month}-${day}`);
  if (!year || Number.isNaN(time)) return undefined;
  const [shifted] = new Date(time - days * 86_400_000).toISOString().split('T');
  return `${shifted.replaceAll('-', dash === '-' ? '-' : '')}${rest}`;
}
