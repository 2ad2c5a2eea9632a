#include "sealed_batch.h"

#include "lz4_hc.h"

namespace webtrack {

SealedBatch::SealedBatch() : wire_(Lz4Block::Bound(WEBTRACK_ENDPOINT_BYTES)) {}

bool SealedBatch::SealLogs(TrackBody& body, uint32_t logs, webtrack_compression compression) {
  wire_.Resize(0);
  raw_bytes_ = body.BytesOf(logs);
  if (!wire_.Reserve(Lz4Block::Bound(raw_bytes_))) return false;
  return body.WithBody(logs, [&](const char* raw, uint32_t bytes) {
    uint32_t block = 0;
#ifdef WEBTRACK_WITH_LZ4_HC
    if (compression == WEBTRACK_LZ4_HC) block = CompressLz4Hc(raw, bytes, wire_.data());
#endif
    if (block == 0 && compression != WEBTRACK_PLAIN) {
      block = lz4_.Compress(raw, bytes, wire_.data());
    }
    if (block == 0 || block >= bytes) {
      wire_.Append(raw, bytes);
    } else {
      wire_.Resize(block);
    }
  });
}

int32_t SealedBatch::Seal(TrackBody& body, webtrack_compression compression,
                          uint32_t max_wire_bytes) {
  // Search for the largest number of logs that fits. `fits` logs fit, `over` logs do not. Size
  // mostly grows evenly with the number of logs, so interpolation finds the cut in three or four
  // tries; halving would take ten. Every other try halves the range anyway, because interpolation
  // is slow when one log is much larger than the rest.
  uint32_t fits = 0;
  uint32_t fits_bytes = 0;
  uint32_t over = body.logs() + 1;
  uint32_t over_bytes = 0;
  uint32_t next = body.logs();
  uint32_t sealed = 0;
  bool halve = false;
  while (next > fits) {
    if (!SealLogs(body, next, compression)) return WEBTRACK_NO_MEMORY;
    sealed = next;
    if (wire_.size() <= max_wire_bytes) {
      fits = next;
      fits_bytes = wire_.size();
    } else {
      over = next;
      over_bytes = wire_.size();
    }
    if (over - fits <= 1) break;
    const uint64_t step =
        uint64_t{over - fits} * (max_wire_bytes - fits_bytes) / (over_bytes - fits_bytes);
    next = fits + (halve ? (over - fits) / 2 : static_cast<uint32_t>(step));
    halve = !halve;
    if (next <= fits) next = fits + 1;
    if (next >= over) next = over - 1;
  }
  if (fits == 0) {
    wire_.Resize(0);
    raw_bytes_ = 0;
  } else if (sealed != fits && !SealLogs(body, fits, compression)) {
    return WEBTRACK_NO_MEMORY;
  }
  return static_cast<int32_t>(fits);
}

int32_t SealedBatch::Unpack(const char* block, uint32_t bytes, uint32_t raw_bytes) {
  raw_bytes_ = 0;
  wire_.Resize(0);
  if (raw_bytes > WEBTRACK_ENDPOINT_BYTES) return WEBTRACK_TOO_LARGE;
  if (!wire_.Reserve(raw_bytes)) return WEBTRACK_NO_MEMORY;
  if (!Lz4Block::Decompress(block, bytes, wire_.data(), raw_bytes)) return WEBTRACK_MALFORMED;
  wire_.Resize(raw_bytes);
  raw_bytes_ = raw_bytes;
  return static_cast<int32_t>(raw_bytes);
}

}  // namespace webtrack
