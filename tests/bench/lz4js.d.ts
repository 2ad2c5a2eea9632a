// Types for raw LZ4 blocks, the part of lz4js that the benchmark measures: the package has none.
declare module 'lz4js' {
  export function compressBound(bytes: number): number;
  /** Returns the block's size, 0 if the input does not compress. `table` must be zeroed. */
  export function compressBlock(
    source: Uint8Array,
    target: Uint8Array,
    sourceIndex: number,
    sourceLength: number,
    table: Uint32Array,
  ): number;
}
