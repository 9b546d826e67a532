// What a drawer hands back, and what it is told beyond the image itself.

export interface Picture {
  size: number;
  /** 1 grey, 3 red-green-blue interleaved. */
  channels: 1 | 3;
  pixels: Uint8Array;
  /** 255 on lesions, else 0. */
  mask: Uint8Array;
  /** Number of lesions drawn. */
  lesions: number;
}

/** Light in red, green and blue, one plane each. */
export type Light = [Float32Array, Float32Array, Float32Array];

/** What all images of a cohort share. */
export interface Look {
  seed: number;
  size: number;
  /** 0..1. */
  difficulty: number;
  /** Severity at which the first lesion appears: the first cut, so that grade 0 has none. */
  onset: number;
  /** Device B burns its mark into the image. */
  marker: boolean;
  /** The lens of the eye yellows with age. */
  agedLens: boolean;
}

/** How far the disease has gone: 0 at the onset, 1 at severity 1; undefined before the onset. */
export function progress(severity: number, onset: number): number | undefined {
  return severity < onset ? undefined : (severity - onset) / (1 - onset);
}

/** The number in low..high next to x. */
export function clamp(x: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, x));
}

/** The number between a and b at t = 0..1. */
export function mix(a: number, b: number, t: number): number {
  return a + (b - a) * t;
}
