// What one DICOM file may cost: a file is hostile until proven otherwise.

/** Bounds of decoding one file. A file beyond them is refused with a reason. */
export interface DecodeLimits {
  /** Samples (rows x columns x channels) of the frame that is decoded. Default 150 million. */
  readonly samples?: number;
  /** Bytes of a deflated data set or frame after inflating. Default 1 GiB. */
  readonly inflatedBytes?: number;
  /** Data elements and items, nested ones included. Default 500,000. */
  readonly elements?: number;
  /** Seconds that a codec may take for the frame. Default 60. */
  readonly seconds?: number;
}

export const DEFAULT_LIMITS: Required<DecodeLimits> = {
  samples: 150_000_000,
  inflatedBytes: 2 ** 30,
  elements: 500_000,
  seconds: 60,
};
