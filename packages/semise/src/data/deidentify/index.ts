// Data without direct identifiers: pseudonyms for manifests, and DICOM files for export.

export { type Deidentified, deidentifyDicom } from './deidentify.js';
export {
  type DeidentificationReport,
  type DeidentifiedFolder,
  type DeidentifyOptions,
  deidentifyFolder,
  describeReport,
} from './folder.js';
export { openKey, type PseudonymKey } from './key.js';
export { nameHash, remapUid, shiftDate, shiftDays, subjectHash } from './pseudonyms.js';
