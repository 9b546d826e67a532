declare module 'dicom-character-set' {
  /** Text of bytes in the sets that Specific Character Set (0008,0005) names. */
  export function convertBytes(
    specificCharacterSet: string | undefined,
    bytes: Uint8Array,
    options?: { readonly vr?: string },
  ): string;
}
