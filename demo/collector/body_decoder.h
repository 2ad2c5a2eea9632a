// Turns a body as it came over the wire into the bytes that its sender compressed.
#ifndef COLLECTOR_BODY_DECODER_H_
#define COLLECTOR_BODY_DECODER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace collector {

// Bytes; the bound of a body, both on the wire and decompressed.
inline constexpr size_t kMaxBodyBytes = 10'485'760;

enum class Compression { kNone, kLz4, kDeflate };

// The name in `x-log-compresstype` and in the database: "none", "lz4", "deflate".
std::string_view CompressionName(Compression compression);

// Reads `x-log-compresstype`, which knows only "lz4" and "deflate", in lower case.
std::optional<Compression> ParseCompression(std::string_view header);

struct RawSize {
  enum class Verdict { kOk, kInvalid, kTooLarge };
  Verdict verdict = Verdict::kInvalid;
  size_t bytes = 0;  // only with kOk
};

// Reads `x-log-bodyrawsize`: decimal digits, nothing else. More than kMaxBodyBytes is kTooLarge,
// however many digits it takes.
RawSize ParseRawSize(std::string_view header);

// Decompresses `wire`, a raw LZ4 block or one zlib stream, which has to give exactly `raw_bytes`
// bytes and to end where the body ends; nullopt when it does not. raw_bytes is at most
// kMaxBodyBytes. Nothing is allocated for a size that so many bytes cannot expand to. kNone copies.
std::optional<std::string> DecodeBody(Compression compression, std::string_view wire,
                                      size_t raw_bytes);

}  // namespace collector

#endif  // COLLECTOR_BODY_DECODER_H_
