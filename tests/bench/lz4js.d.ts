// The part of lz4js, which has no types, that the benchmark times: raw LZ4 blocks.
declare module 'lz4js' {
  export function compressBound(bytes: number): number;
  /** Returns the block's size, 0 when the input does not compress. `table` must be zeroed. */
  export function compressBlock(
    source: Uint8Array,
    target: Uint8Array,
    sourceIndex: number,
    sourceLength: number,
    table: Uint32Array,
  ): number;
}
