// A body made ready for the wire: cut to a size that was asked for, compressed when that helps.
#ifndef WEBTRACK_SEALED_BATCH_H_
#define WEBTRACK_SEALED_BATCH_H_

#include <cstdint>

#include "byte_buffer.h"
#include "lz4_block.h"
#include "track_body.h"
#include "webtrack_constants.h"

namespace webtrack {

class SealedBatch {
 public:
  SealedBatch();

  // Seals as many of the oldest logs of `body` as fit into `max_wire_bytes`. Returns how many, or
  // WEBTRACK_NO_MEMORY; `body` is left as it was.
  int32_t Seal(TrackBody& body, webtrack_compression compression, uint32_t max_wire_bytes);

  // The way back: holds from now on the `raw_bytes` that were compressed into the block of `bytes`.
  // Returns `raw_bytes`, or a status as webtrack_unpack does.
  int32_t Unpack(const char* block, uint32_t bytes, uint32_t raw_bytes);

  const char* data() const { return wire_.data(); }
  uint32_t bytes() const { return wire_.size(); }
  uint32_t raw_bytes() const { return raw_bytes_; }

 private:
  bool SealLogs(TrackBody& body, uint32_t logs, webtrack_compression compression);

  Lz4Block lz4_;
  ByteBuffer wire_;
  uint32_t raw_bytes_ = 0;
};

}  // namespace webtrack

#endif  // WEBTRACK_SEALED_BATCH_H_
