// LZ4 HC: makes smaller raw LZ4 blocks than lz4_block.h, but takes several times as long.
#ifndef WEBTRACK_LZ4_HC_H_
#define WEBTRACK_LZ4_HC_H_

#include <cstdint>

namespace webtrack {

// Compresses `raw_bytes` (1 to WEBTRACK_ENDPOINT_BYTES) at `raw` into `block`, which must have room
// for Lz4Block::Bound(raw_bytes). Returns the block's size. Returns 0 when the tables cannot be
// allocated; they take 256 KiB during the call.
uint32_t CompressLz4Hc(const char* raw, uint32_t raw_bytes, char* block);

}  // namespace webtrack

#endif  // WEBTRACK_LZ4_HC_H_
