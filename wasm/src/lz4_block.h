// Compresses and decompresses raw LZ4 blocks, without frame or size prefix, as the endpoint expects
// them. Only this class and lz4_hc.h use lz4.
#ifndef WEBTRACK_LZ4_BLOCK_H_
#define WEBTRACK_LZ4_BLOCK_H_

#include <cstdint>

namespace webtrack {

class Lz4Block {
 public:
  // Returns the largest possible size of a block of `raw_bytes`. With that room Compress cannot
  // fail.
  static uint32_t Bound(uint32_t raw_bytes);

  // Compresses `raw_bytes` (1 to WEBTRACK_ENDPOINT_BYTES) at `raw` into `block`, which must have
  // room for Bound(raw_bytes). Returns the block's size. Incompressible input makes a block that is
  // larger than the input.
  uint32_t Compress(const char* raw, uint32_t raw_bytes, char* block);

  // Decompresses `block_bytes` (at most WEBTRACK_ENDPOINT_BYTES) at `block` into `raw`. Any input
  // is safe. Returns false when the input is not a block of exactly `raw_bytes`; the content of
  // `raw` is then unspecified.
  static bool Decompress(const char* block, uint32_t block_bytes, char* raw, uint32_t raw_bytes);

 private:
  // lz4's hash table. As a member it does not use the small stack and is not allocated per call.
  alignas(8) char table_[16416];
};

}  // namespace webtrack

#endif  // WEBTRACK_LZ4_BLOCK_H_
