// A decoded picture, whatever file it came from, and the bounds within which files are decoded.

export interface Picture {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** 1 = grey, 3 = red, green, blue. */
  readonly channels: 1 | 3;
  /** Bits a value: 8 (0 to 255) or 16 (0 to 65535). */
  readonly bits: 8 | 16;
  /** `height * width * channels` values, row after row, colours side by side. */
  readonly pixels: Uint8Array | Uint16Array;
  /** Millimetres between rows and between columns, where the file tells. */
  readonly spacing: readonly [rows: number, columns: number] | null;
}

/** What one hostile file may cost at most. What lies above is refused before it is decoded. */
export interface Limits {
  /** Bytes of a file, also once decompressed. */
  readonly fileBytes: number;
  /** Pixels of a picture: width times height. */
  readonly pixels: number;
  /** Seconds that the codec of a DICOM frame may take. */
  readonly seconds: number;
  /** Files in a folder or an archive. */
  readonly files: number;
  /** How many times larger than the archive all that is in it may be (1 GiB is always granted). */
  readonly ratio: number;
}

export const LIMITS: Limits = {
  fileBytes: 512 * 2 ** 20,
  pixels: 2 ** 26,
  seconds: 30,
  files: 5_000_000,
  ratio: 100,
};

/**
 * Where values between `low` and `high` are spread over 0 to 65535; what lies outside is cut.
 *
 * @param values any real numbers; what is not finite counts as `low`
 */
export function toSixteenBits(values: ArrayLike<number>, low: number, high: number): Uint16Array {
  const scale = high > low ? 65535 / (high - low) : 0;
  const pixels = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const scaled = (values[i] - low) * scale;
    pixels[i] = scaled > 0 ? Math.min(65535, Math.round(scaled)) : 0;
  }
  return pixels;
}

/** The lowest and highest finite value; 0 and 0 where there is none. */
export function rangeOf(values: ArrayLike<number>): [low: number, high: number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value < low && value !== Number.NEGATIVE_INFINITY) low = value;
    if (value > high && value !== Number.POSITIVE_INFINITY) high = value;
  }
  return low <= high ? [low, high] : [0, 0];
}

/** @throws Error if the picture has no pixel, or more than may be decoded */
export function checkSize(width: number, height: number, limits: Limits): void {
  if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0))
    throw new Error(`is ${width} x ${height} pixels`);
  if (width * height > limits.pixels)
    throw new Error(`is ${width} x ${height} pixels, more than the ${limits.pixels} allowed`);
}
