// Raw LZ4 blocks: no frame, no size prefix, as the endpoint wants them. With lz4_hc.h the only one
// that knows lz4.
#ifndef WEBTRACK_LZ4_BLOCK_H_
#define WEBTRACK_LZ4_BLOCK_H_

#include <cstdint>

namespace webtrack {

class Lz4Block {
 public:
  // Bytes that the block of `raw_bytes` takes at most: with that much room Compress cannot fail.
  static uint32_t Bound(uint32_t raw_bytes);

  // Compresses `raw_bytes` (1 to WEBTRACK_ENDPOINT_BYTES) at `raw` into `block`, which has room for
  // Bound(raw_bytes). Returns the block's size. Incompressible input gives a literal-only block,
  // larger than the input.
  uint32_t Compress(const char* raw, uint32_t raw_bytes, char* block);

  // Decompresses any `block_bytes` (at most WEBTRACK_ENDPOINT_BYTES) at `block` into `raw`. False
  // when they are not a block of exactly `raw_bytes`; `raw` then holds a part of something.
  static bool Decompress(const char* block, uint32_t block_bytes, char* raw, uint32_t raw_bytes);

 private:
  // lz4's hash table, here so that it is neither on the small stack nor allocated at every call.
  alignas(8) char table_[16416];
};

}  // namespace webtrack

#endif  // WEBTRACK_LZ4_BLOCK_H_
