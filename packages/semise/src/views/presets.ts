// What may change in an image without changing how severe it looks, by kind of picture. Each range
// is the widest change a reader would shrug at; a preset is data, so a new modality is one entry.

export interface ViewPreset {
  /** Share of the image's area that a crop keeps. Small lesions survive where this stays high. */
  readonly area: readonly [number, number];
  /** Width to height of a crop, at most this far from square (1.2: from 1/1.2 to 1.2). */
  readonly aspect: number;
  /** Chance of a flip. */
  readonly horizontalFlip: number;
  readonly verticalFlip: number;
  /** Degrees either way. */
  readonly rotation: number;
  /** Relative change of contrast, and shift of brightness in units of full range, either way. */
  readonly contrast: number;
  readonly brightness: number;
  /** Relative change of each colour channel and of saturation (grey images ignore both). */
  readonly tint: number;
  readonly saturation: number;
  /** |log gamma| of grey-level response, at most. */
  readonly gamma: number;
  /** Share mixed in of a blurred copy; negative sharpens. */
  readonly blur: readonly [number, number];
  /** Standard deviation of pixel noise, at most, in units of full range. */
  readonly noise: number;
  /** Chance that a box of up to `eraseArea` of the image is greyed out. */
  readonly erase: number;
  readonly eraseArea: number;
}

export const VIEW_PRESETS = {
  /** Round, no up or down; colour and light vary between cameras. */
  fundus: {
    area: [0.6, 1],
    aspect: 1.1,
    horizontalFlip: 0.5,
    verticalFlip: 0.5,
    rotation: 180,
    contrast: 0.3,
    brightness: 0.15,
    tint: 0.15,
    saturation: 0.3,
    gamma: 0.2,
    blur: [-0.3, 0.6],
    noise: 0.03,
    erase: 0.25,
    eraseArea: 0.1,
  },
  /** Posture is fixed, left and right may be mirrored; no colour. */
  xray: {
    area: [0.65, 1],
    aspect: 1.2,
    horizontalFlip: 0.5,
    verticalFlip: 0,
    rotation: 15,
    contrast: 0.35,
    brightness: 0.15,
    tint: 0,
    saturation: 0,
    gamma: 0.35,
    blur: [-0.4, 0.7],
    noise: 0.04,
    erase: 0.25,
    eraseArea: 0.15,
  },
  /** Depth runs downwards: no vertical flip; gain and speckle vary. */
  ultrasound: {
    area: [0.55, 1],
    aspect: 1.3,
    horizontalFlip: 0.5,
    verticalFlip: 0,
    rotation: 15,
    contrast: 0.4,
    brightness: 0.15,
    tint: 0,
    saturation: 0,
    gamma: 0.35,
    blur: [-0.4, 0.7],
    noise: 0.06,
    erase: 0.25,
    eraseArea: 0.15,
  },
  /** Any orientation; skin tone and light vary. */
  skin: {
    area: [0.5, 1],
    aspect: 1.2,
    horizontalFlip: 0.5,
    verticalFlip: 0.5,
    rotation: 180,
    contrast: 0.3,
    brightness: 0.15,
    tint: 0.1,
    saturation: 0.3,
    gamma: 0.2,
    blur: [-0.3, 0.6],
    noise: 0.03,
    erase: 0.25,
    eraseArea: 0.15,
  },
} as const satisfies Record<string, ViewPreset>;

export type ViewPresetName = keyof typeof VIEW_PRESETS;
export const VIEW_PRESET_NAMES = Object.keys(VIEW_PRESETS) as ViewPresetName[];
