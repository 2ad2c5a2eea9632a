#include "json_writer.h"

#include <cstring>

namespace webtrack {
namespace {

// Bytes are looked at a step at a time: found clean, they are already copied. The step is the
// widest that the target compares in one go. SIMD costs an engine without it the whole module, so
// the shipped build leaves it off; `npm run bench` shows what that gives away.
#ifdef __wasm_simd128__
using Step = uint8_t __attribute__((vector_size(16)));
#else
using Step = uint64_t;
#endif
constexpr uint32_t kStep = sizeof(Step);

// What one round may write: a step, the longest escape (\u00XX) and the closing quote.
constexpr uint32_t kAhead = kStep + 6 + 1;

constexpr bool NeedsEscape(unsigned char byte) {
  return byte < 0x20 || byte == '"' || byte == '\\';
}

// Number of leading bytes of the step that need no escape; kStep when all are clean.
#ifdef __wasm_simd128__
uint32_t CleanPrefix(const char* text) {
  Step step;
  std::memcpy(&step, text, kStep);
  const auto special = (step < 0x20) | (step == '"') | (step == '\\');
  uint64_t halves[2];
  std::memcpy(halves, &special, kStep);
  if (halves[0] != 0) return static_cast<uint32_t>(__builtin_ctzll(halves[0])) / 8;
  if (halves[1] != 0) return 8 + static_cast<uint32_t>(__builtin_ctzll(halves[1])) / 8;
  return kStep;
}
#else
constexpr Step Repeat(unsigned char byte) { return ~Step{0} / 255 * byte; }

// The top bit of every byte of `step` below `bound` (1..128). Borrows may set bits above the lowest
// one that is set, never below it, and only the lowest is used.
constexpr Step BytesBelow(Step step, unsigned char bound) {
  return (step - Repeat(bound)) & ~step & Repeat(0x80);
}

uint32_t CleanPrefix(const char* text) {
  Step step;
  std::memcpy(&step, text, kStep);
  const Step special = BytesBelow(step, 0x20) | BytesBelow(step ^ Repeat('"'), 1) |
                       BytesBelow(step ^ Repeat('\\'), 1);
  return special == 0 ? kStep : static_cast<uint32_t>(__builtin_ctzll(special)) / 8;
}
#endif

uint32_t WriteEscape(char* out, unsigned char byte) {
  constexpr char kHex[] = "0123456789abcdef";
  out[0] = '\\';
  switch (byte) {
    case '"':
    case '\\':
      out[1] = static_cast<char>(byte);
      return 2;
    case '\n':
      out[1] = 'n';
      return 2;
    case '\r':
      out[1] = 'r';
      return 2;
    case '\t':
      out[1] = 't';
      return 2;
    default:
      std::memcpy(out + 1, "u00", 3);
      out[4] = kHex[byte >> 4];
      out[5] = kHex[byte & 15];
      return 6;
  }
}

}  // namespace

const char* AppendJsonString(ByteBuffer& out, char lead, const char* begin, const char* end,
                             Text text) {
  const char* from = begin;
  uint32_t size = out.size() + 2;
  if (!out.Reserve(2 + kAhead)) return nullptr;
  out.data()[size - 2] = lead;
  out.data()[size - 1] = '"';
  for (;;) {
    char* const to = out.data() + size;
    const uint32_t left = static_cast<uint32_t>(end - from);
    uint32_t clean = 0;
    if (left >= kStep) {
      // Copied before it is known how much of it is clean: what is not is written over.
      std::memcpy(to, from, kStep);
      clean = CleanPrefix(from);
    } else {
      for (; clean < left && !NeedsEscape(static_cast<unsigned char>(from[clean])); ++clean) {
        to[clean] = from[clean];
      }
    }
    size += clean;
    from += clean;
    if (clean != kStep) {
      if (from == end || (*from == '\0' && text == Text::kTerminated)) break;
      size += WriteEscape(to + clean, static_cast<unsigned char>(*from));
      ++from;
    }
    // Room is asked for step by step: a list's longest string must not reserve for all of them.
    out.Resize(size);
    if (!out.Reserve(kAhead)) return nullptr;
  }
  out.data()[size] = '"';
  out.Resize(size + 1);
  return from;
}

}  // namespace webtrack
