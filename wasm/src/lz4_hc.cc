#include "lz4_hc.h"

#include <cassert>
#include <cstdlib>
#include <cstring>

// Include the source and call one internal function, as in lz4_block.cc. The module then contains
// only the hash chain search. It omits the dictionaries, and the optimal parser of levels 10 to 12,
// whose output is only 0.5 % smaller. Inlining is not forced: it would save a quarter of the time
// but add 0.5 kB (brotli).
#define LZ4LIB_VISIBILITY static
#define LZ4_FORCE_INLINE static
#ifdef __wasm__
#  define __x86_64__ 1  // NOLINT(bugprone-reserved-identifier): 64-bit steps, as in lz4_block.cc
#endif
#include "lz4hc.c"
#ifdef __wasm__
#  undef __x86_64__
#endif

// lz4hc.c includes only the common parts of lz4.c, so this function is missing. The linker needs
// it, but the code below never calls it.
int LZ4_compressBound(int raw_bytes) { return LZ4_COMPRESSBOUND(raw_bytes); }

namespace webtrack {
namespace {

// The search depth of lz4's level 6. A deeper search makes real batches no smaller, but it takes
// longer on the worst text: 2.7 MB of two random letters take a third of a second, and seven times
// as long at level 9.
constexpr int kTries = 32;

}  // namespace

uint32_t CompressLz4Hc(const char* raw, uint32_t raw_bytes, char* block) {
  assert(raw_bytes != 0 && raw_bytes <= LZ4_MAX_INPUT_SIZE);
  // Allocate for each call: a module has several batches, and clearing the tables takes longer than
  // allocating them.
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
