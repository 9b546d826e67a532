// dcmjs has no types of its own: the parts that we use.

declare module 'dcmjs' {
  /** Attributes by keyword; values of several are arrays, sequences arrays of datasets. */
  export type Naturalized = Record<string, unknown>;
  interface DicomDict {
    readonly meta: Record<string, unknown>;
    dict: Record<string, unknown>;
    write(options?: Record<string, unknown>): ArrayBuffer;
  }
  const dcmjs: {
    readonly data: {
      readonly DicomMessage: {
        readFile(bytes: ArrayBuffer, options?: Record<string, unknown>): DicomDict;
      };
      readonly DicomDict: new (meta: Record<string, unknown>) => DicomDict;
      readonly DicomMetaDictionary: {
        naturalizeDataset(dict: Record<string, unknown>): Naturalized;
        denaturalizeDataset(dataset: Naturalized): Record<string, unknown>;
      };
      readonly BitArray: {
        pack(pixels: Uint8Array): Uint8Array;
        unpack(bytes: Uint8Array): Uint8Array;
      };
    };
  };
  export default dcmjs;
}
