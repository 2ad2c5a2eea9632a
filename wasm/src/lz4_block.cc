#include "lz4_block.h"

#include <cassert>
#include <cstring>

// Include lz4's source and call one internal function. The public functions contain a variant for
// each kind of table and limit, which makes the module 0.8 kB (brotli) larger; one variant is
// enough. The symbols are static, so a program may also link liblz4.
#define LZ4LIB_VISIBILITY static

// lz4 uses 64-bit steps only when pointers have 64 bits or the target is x86-64. WebAssembly has
// 32-bit pointers but fast 64-bit integers, so pretend that it is x86-64. lz4 is then a quarter
// faster. Its output is 6 % smaller, because it hashes five bytes instead of four.
#if defined(__wasm__) && !defined(WEBTRACK_32_BIT_STEPS)
#  define __x86_64__ 1  // NOLINT(bugprone-reserved-identifier)
#endif
#include "lz4.c"
#if defined(__wasm__) && !defined(WEBTRACK_32_BIT_STEPS)
#  undef __x86_64__
#endif

namespace webtrack {
namespace {

constexpr uint32_t kShortestMatch = 4;

// Reads a length. `length` is its first part, from the token; the bytes at `in` continue it. The
// sum cannot overflow, because a block of WEBTRACK_ENDPOINT_BYTES can add at most 255 times its
// size. If the block ends within a length, the caller refuses it, because the next part is missing.
uint32_t ReadLength(const uint8_t*& in, const uint8_t* end, uint32_t length) {
  if (length != 15) return length;
  while (in != end) {
    length += *in;
    if (*in++ != 255) break;
  }
  return length;
}

}  // namespace

uint32_t Lz4Block::Bound(uint32_t raw_bytes) { return LZ4_COMPRESSBOUND(raw_bytes); }

uint32_t Lz4Block::Compress(const char* raw, uint32_t raw_bytes, char* block) {
  static_assert(sizeof(table_) >= sizeof(LZ4_stream_t_internal), "lz4's table has grown");
  assert(raw_bytes != 0 && raw_bytes <= LZ4_MAX_INPUT_SIZE);
  std::memset(table_, 0, sizeof(table_));
  const int size = LZ4_compress_generic_validated(
      reinterpret_cast<LZ4_stream_t_internal*>(table_), raw, block, static_cast<int>(raw_bytes),
      nullptr, 0, notLimited, byU32, noDict, noDictIssue, /*acceleration=*/1);
  return static_cast<uint32_t>(size);
}

bool Lz4Block::Decompress(const char* block, uint32_t block_bytes, char* raw, uint32_t raw_bytes) {
  const auto* in = reinterpret_cast<const uint8_t*>(block);
  const uint8_t* const in_end = in + block_bytes;
  uint32_t out = 0;
  while (in != in_end) {
    const uint32_t token = *in++;
    const uint32_t literals = ReadLength(in, in_end, token >> 4);
    if (literals > static_cast<uint32_t>(in_end - in) || literals > raw_bytes - out) return false;
    if (literals != 0) std::memcpy(raw + out, in, literals);
    in += literals;
    out += literals;
    if (in == in_end) return out == raw_bytes;  // the last sequence has no match
    if (in_end - in < 2) return false;
    const uint32_t offset = in[0] | uint32_t{in[1]} << 8;
    in += 2;
    uint32_t match = ReadLength(in, in_end, token & 15) + kShortestMatch;
    if (offset == 0 || offset > out || match > raw_bytes - out) return false;
    // A match may overlap its own output. Copy only what is already there; each copy doubles the
    // number of bytes that the next one can take.
    const uint32_t from = out - offset;
    while (match != 0) {
      const uint32_t part = match < out - from ? match : out - from;
      std::memcpy(raw + out, raw + from, part);
      out += part;
      match -= part;
    }
  }
  return false;
}

}  // namespace webtrack
