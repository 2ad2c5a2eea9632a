// Decompresses the body of a track request.
#ifndef COLLECTOR_TRACK_BODY_DECODER_H_
#define COLLECTOR_TRACK_BODY_DECODER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "http/request_body.h"

namespace collector {

enum class Compression { kNone, kLz4, kDeflate };

// Returns the name used in the database: "none", "lz4" or "deflate". The last two are also the
// values of `x-log-compresstype`.
std::string_view CompressionName(Compression compression);

// Parses `x-log-compresstype`. Only "lz4" and "deflate" in lower case are valid.
std::optional<Compression> ParseCompression(std::string_view header);

struct RawSize {
  enum class Verdict { kOk, kInvalid, kTooLarge };
  Verdict verdict = Verdict::kInvalid;
  size_t bytes = 0;  // only with kOk
};

// Parses `x-log-bodyrawsize`, which must consist of decimal digits. A number of any length above
// kMaxBodyBytes is kTooLarge.
RawSize ParseRawSize(std::string_view header);

// Decompresses `wire`, a raw LZ4 block or a zlib stream; kNone copies it. Returns nullopt unless
// the result has exactly `raw_bytes` bytes and nothing follows the block or stream. `raw_bytes`
// must be at most kMaxBodyBytes. A size that `wire` cannot expand to is refused before memory is
// allocated.
std::optional<std::string> DecodeBody(Compression compression, std::string_view wire,
                                      size_t raw_bytes);

}  // namespace collector

#endif  // COLLECTOR_TRACK_BODY_DECODER_H_
