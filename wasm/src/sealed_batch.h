// A body that is ready to send: limited to a given size, and compressed when that makes it smaller.
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

  // Seals as many of the oldest logs of `body` as fit into `max_wire_bytes`. Returns the number of
  // sealed logs or WEBTRACK_NO_MEMORY. Does not change `body`.
  int32_t Seal(TrackBody& body, webtrack_compression compression, uint32_t max_wire_bytes);

  // Decompresses an LZ4 block of `bytes`; data() then returns its `raw_bytes`. Returns `raw_bytes`
  // or a status, like webtrack_unpack.
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
