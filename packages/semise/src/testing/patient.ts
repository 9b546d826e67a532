// For tests: a DICOM file of a patient, 12-bit grey.

import { dicomFile, imageElements } from './dicom.js';

/** @param pixels `side` x `side` levels, 0 to 4095 */
export function patientFile(patient: string, side: number, pixels: Uint16Array): Buffer {
  const elements = imageElements({ width: side, height: side, bits: [16, 12, 11] });
  const bytes = new Uint8Array(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  return dicomFile({ ...elements, '00100020 LO': patient }, bytes);
}
