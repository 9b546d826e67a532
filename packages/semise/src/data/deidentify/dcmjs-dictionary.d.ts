declare module 'dcmjs/dictionary' {
  /** The data elements of PS3.6, keyed `(0010,0020)`. */
  const dictionary: Readonly<
    Record<string, { readonly vr: string; readonly name: string } | undefined>
  >;
  export default dictionary;
}
