#include "json_writer.h"

#include <cstring>

namespace webtrack {
namespace {

// The writer copies and checks one step of several bytes at a time. SIMD steps of 16 bytes were not
// faster.
#ifdef WEBTRACK_32_BIT_STEPS
using Step = uint32_t;
#else
using Step = uint64_t;
#endif
constexpr uint32_t kStep = sizeof(Step);

// The most that one round can write: one step, the longest escape (\u00XX) and the closing quote.
constexpr uint32_t kMaxRoundBytes = kStep + 6 + 1;

constexpr bool NeedsEscape(unsigned char byte) {
  return byte < 0x20 || byte == '"' || byte == '\\';
}

// Has a bit set for each byte of the step that needs an escape; 0 when none does. FirstMarked
// returns the index of the first such byte. The caller branches on 0 instead of always adding that
// index: otherwise each step would have to wait for the result of the previous step.
using Marks = Step;

constexpr Step Repeat(unsigned char byte) { return ~Step{0} / 255 * byte; }

// Sets the top bit of each byte of `step` that is less than `bound` (1 to 128). The borrow of the
// subtraction can also set wrong bits, but only above the first correct one, and only the first is
// used.
constexpr Marks BytesBelow(Step step, unsigned char bound) {
  return (step - Repeat(bound)) & ~step & Repeat(0x80);
}

Marks MarkSpecial(const char* text) {
  Step step;
  std::memcpy(&step, text, kStep);
  // Flipping bit 1 turns the quote (0x22) into 0x20 and keeps control characters below 0x20, so one
  // comparison with 0x21 finds both.
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

// Returns the last position in `out` at which a round can start without more room.
const char* LastStart(const ByteBuffer& out) {
  return out.data() + out.size() + out.room() - kMaxRoundBytes;
}

}  // namespace

const char* AppendJsonString(ByteBuffer& out, char lead, const char* begin, const char* end,
                             Text text) {
  if (!out.Reserve(2 + kMaxRoundBytes)) return nullptr;
  const char* last_start = LastStart(out);
  const char* from = begin;
  char* to = out.data() + out.size();
  *to++ = lead;
  *to++ = '"';
  for (;;) {
    // Reserve room round by round: `end` can be the end of a whole list, much further away than the
    // end of this string.
    if (to > last_start) {
      out.Resize(static_cast<uint32_t>(to - out.data()));
      if (!out.Reserve(kMaxRoundBytes)) return nullptr;
      last_start = LastStart(out);
      to = out.data() + out.size();
    }
    if (static_cast<uint32_t>(end - from) >= kStep) {
      // Copy first, check later. Bytes from the first one that needs an escape are overwritten.
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
