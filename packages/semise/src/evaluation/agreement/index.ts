export {
  type Agreement,
  type AgreementOptions,
  agreement,
  type PairAgreement,
  type RatedImage,
} from './agreement.js';
export { icc21 } from './icc.js';
export { cohenKappa, fleissKappa, type KappaWeights } from './kappa.js';
export { type Coincidences, coincidences, krippendorffAlpha, type Scale } from './krippendorff.js';
