#include "lz4_block.h"

#include <cassert>
#include <cstring>

// The source, not the header: lz4's public functions carry a variant for each kind of table and of
// limit, which makes the module 0.8 kB (brotli) heavier. One variant does for a body of any size.
// Its symbols stay in this file, so that a program which links liblz4 as well gets that one's.
#define LZ4LIB_VISIBILITY static

// lz4 takes 64-bit steps where pointers have 64 bits, and on x86-64 in any case. WebAssembly has
// both 32-bit pointers and 64-bit registers; told so, lz4 is a quarter faster and, as it then
// hashes five bytes instead of four, leaves 6 % less.
#ifdef __wasm__
#  define __x86_64__ 1  // NOLINT(bugprone-reserved-identifier)
#endif
#include "lz4.c"
#ifdef __wasm__
#  undef __x86_64__
#endif

namespace webtrack {

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

}  // namespace webtrack
