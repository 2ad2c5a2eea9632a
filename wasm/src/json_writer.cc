#include "json_writer.h"

#include <cstring>

namespace webtrack {
namespace {

// Bytes are looked at a step at a time: found clean, they are already copied. Steps of SIMD's 16
// bytes were no faster.
#ifdef WEBTRACK_32_BIT_STEPS
using Step = uint32_t;
#else
using Step = uint64_t;
#endif
constexpr uint32_t kStep = sizeof(Step);

// What one round may write: a step, the longest escape (\u00XX) and the closing quote.
constexpr uint32_t kAhead = kStep + 6 + 1;

constexpr bool NeedsEscape(unsigned char byte) {
  return byte < 0x20 || byte == '"' || byte == '\\';
}

// A mark for each byte of the step that needs an escape, 0 when none does; FirstMarked tells which
// is the first. The caller branches on 0: with a number of clean bytes to add in either case, each
// step would have to wait for the one before.
using Marks = Step;

constexpr Step Repeat(unsigned char byte) { return ~Step{0} / 255 * byte; }

// The top bit of every byte of `step` below `bound` (1..128). Borrows may set bits above the lowest
// one that is set, never below it, and only the lowest is used.
constexpr Marks BytesBelow(Step step, unsigned char bound) {
  return (step - Repeat(bound)) & ~step & Repeat(0x80);
}

Marks MarkSpecial(const char* text) {
  Step step;
  std::memcpy(&step, text, kStep);
  // With bit 1 flipped, control characters and the quote are the bytes below 0x21.
  return BytesBelow(step ^ Repeat(2), 0x21) | BytesBelow(step ^ Repeat('\\'), 1);
}

uint32_t FirstMarked(Marks marks) {
  const int bit = kStep == 4 ? __builtin_ctz(static_cast<uint32_t>(marks)) : __builtin_ctzll(marks);
  return static_cast<uint32_t>(bit) / 8;
}

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

// The last place in `out` from which a round has room.
const char* LastStart(const ByteBuffer& out) {
  return out.data() + out.size() + out.room() - kAhead;
}

}  // namespace

const char* AppendJsonString(ByteBuffer& out, char lead, const char* begin, const char* end,
                             Text text) {
  if (!out.Reserve(2 + kAhead)) return nullptr;
  const char* last_start = LastStart(out);
  const char* from = begin;
  char* to = out.data() + out.size();
  *to++ = lead;
  *to++ = '"';
  for (;;) {
    // Room is asked for step by step: a list's longest string must not reserve for all of them.
    if (to > last_start) {
      out.Resize(static_cast<uint32_t>(to - out.data()));
      if (!out.Reserve(kAhead)) return nullptr;
      last_start = LastStart(out);
      to = out.data() + out.size();
    }
    if (static_cast<uint32_t>(end - from) >= kStep) {
      // Copied before it is known how much of it is clean: what is not is written over.
      std::memcpy(to, from, kStep);
      const Marks marks = MarkSpecial(from);
      if (marks == 0) {
        to += kStep;
        from += kStep;
        continue;
      }
      to += FirstMarked(marks);
      from += FirstMarked(marks);
    } else {
      while (from != end && !NeedsEscape(static_cast<unsigned char>(*from))) *to++ = *from++;
    }
    if (from == end || (*from == '\0' && text == Text::kTerminated)) break;
    to += WriteEscape(to, static_cast<unsigned char>(*from));
    ++from;
  }
  *to++ = '"';
  out.Resize(static_cast<uint32_t>(to - out.data()));
  return from;
}

}  // namespace webtrack
