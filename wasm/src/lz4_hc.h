// Raw LZ4 blocks as lz4_block.h has them, made smaller in several times the time.
#ifndef WEBTRACK_LZ4_HC_H_
#define WEBTRACK_LZ4_HC_H_

#include <cstdint>

namespace webtrack {

// Compresses `raw_bytes` (1 to WEBTRACK_ENDPOINT_BYTES) at `raw` into `block`, which has room for
// Lz4Block::Bound(raw_bytes). Returns the block's size, or 0 when there is no memory for the
// tables, 256 KiB for the time of the call.
uint32_t CompressLz4Hc(const char* raw, uint32_t raw_bytes, char* block);

}  // namespace webtrack

#endif  // WEBTRACK_LZ4_HC_H_
