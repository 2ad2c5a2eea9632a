#include "track/body_decoder.h"

#include <lz4.h>
#include <zlib.h>

#include <algorithm>
#include <cassert>

namespace collector {
namespace {

// The most bytes that one byte of input can expand to. In LZ4 a length byte stands for up to 255
// bytes; deflate encodes a match of 258 bytes in two bits.
constexpr size_t kLz4Expansion = 255;
constexpr size_t kDeflateExpansion = 1032;

std::optional<std::string> DecodeLz4(std::string_view wire, size_t raw_bytes) {
  std::string raw(raw_bytes, '\0');
  const int written = LZ4_decompress_safe(wire.data(), raw.data(), static_cast<int>(wire.size()),
                                          static_cast<int>(raw_bytes));
  if (written < 0 || static_cast<size_t>(written) != raw_bytes) return std::nullopt;
  return raw;
}

std::optional<std::string> DecodeDeflate(std::string_view wire, size_t raw_bytes) {
  // The extra byte detects a stream that is longer than declared: it fills that byte. Also, zlib
  // needs an output buffer even for an empty result.
  std::string raw(raw_bytes + 1, '\0');
  z_stream stream = {};
  if (inflateInit(&stream) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(wire.data()));
  stream.avail_in = static_cast<uInt>(wire.size());
  stream.next_out = reinterpret_cast<Bytef*>(raw.data());
  stream.avail_out = static_cast<uInt>(raw.size());
  const int result = inflate(&stream, Z_FINISH);
  const bool exact =
      result == Z_STREAM_END && stream.avail_in == 0 && stream.total_out == raw_bytes;
  inflateEnd(&stream);
  if (!exact) return std::nullopt;
  raw.resize(raw_bytes);
  return raw;
}

}  // namespace

std::string_view CompressionName(Compression compression) {
  switch (compression) {
    case Compression::kLz4:
      return "lz4";
    case Compression::kDeflate:
      return "deflate";
    case Compression::kNone:
      break;
  }
  return "none";
}

std::optional<Compression> ParseCompression(std::string_view header) {
  if (header == "lz4") return Compression::kLz4;
  if (header == "deflate") return Compression::kDeflate;
  return std::nullopt;
}

RawSize ParseRawSize(std::string_view header) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (header.empty() || !std::all_of(header.begin(), header.end(), is_digit)) return {};
  size_t bytes = 0;
  for (const char digit : header) {
    bytes = bytes * 10 + static_cast<size_t>(digit - '0');
    if (bytes > kMaxBodyBytes) return {RawSize::Verdict::kTooLarge, 0};
  }
  return {RawSize::Verdict::kOk, bytes};
}

std::optional<std::string> DecodeBody(Compression compression, std::string_view wire,
                                      size_t raw_bytes) {
  assert(raw_bytes <= kMaxBodyBytes && wire.size() <= kMaxBodyBytes);
  switch (compression) {
    case Compression::kLz4:
      if (raw_bytes > wire.size() * kLz4Expansion) return std::nullopt;
      return DecodeLz4(wire, raw_bytes);
    case Compression::kDeflate:
      if (raw_bytes > wire.size() * kDeflateExpansion) return std::nullopt;
      return DecodeDeflate(wire, raw_bytes);
    case Compression::kNone:
      break;
  }
  return std::string(wire);
}

}  // namespace collector
