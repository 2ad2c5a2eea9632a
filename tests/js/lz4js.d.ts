declare module 'lz4js' {
  /** Reads a raw block from `source`, writes it to `target`, returns the bytes written. */
  export function decompressBlock(
    source: Uint8Array,
    target: Uint8Array,
    sourceIndex: number,
    sourceLength: number,
    targetIndex: number,
  ): number;
}
