#include "lz4_hc.h"

#include <cassert>
#include <cstdlib>
#include <cstring>

// The source, not the header, as in lz4_block.cc: of all that it holds only the search that is
// called below gets into the module, neither dictionaries nor the optimal parser of levels 10 to
// 12, which leaves 0.5 % less. Inlined as often as it asks for, the search is 0.5 kB (brotli) more
// for a quarter of the time.
#define LZ4LIB_VISIBILITY static
#define LZ4_FORCE_INLINE static
#ifdef __wasm__
#  define __x86_64__ 1  // NOLINT(bugprone-reserved-identifier): 64-bit steps, as in lz4_block.cc
#endif
#include "lz4hc.c"
#ifdef __wasm__
#  undef __x86_64__
#endif

// lz4hc.c has taken the common parts of lz4.c alone, and calls this one where nothing here does.
int LZ4_compressBound(int raw_bytes) { return LZ4_COMPRESSBOUND(raw_bytes); }

namespace webtrack {
namespace {

// What lz4 calls level 6. More makes real batches no smaller, but the time that the worst text
// takes grows with it: a third of a second for 2.7 MB of two letters at random, seven times that at
// level 9.
constexpr int kTries = 32;

}  // namespace

uint32_t CompressLz4Hc(const char* raw, uint32_t raw_bytes, char* block) {
  assert(raw_bytes != 0 && raw_bytes <= LZ4_MAX_INPUT_SIZE);
  // Not kept: a module has several batches, and clearing takes longer than asking.
  auto* tables = static_cast<LZ4HC_CCtx_internal*>(std::malloc(sizeof(LZ4HC_CCtx_internal)));
  if (tables == nullptr) return 0;
  std::memset(tables, 0, sizeof(*tables));
  LZ4HC_init_internal(tables, reinterpret_cast<const BYTE*>(raw));
  int read = static_cast<int>(raw_bytes);
  tables->end += read;
  const int size = LZ4HC_compress_hashChain(tables, raw, block, &read, /*maxOutputSize=*/0, kTries,
                                            notLimited, noDictCtx);
  std::free(tables);
  return static_cast<uint32_t>(size);
}

}  // namespace webtrack
