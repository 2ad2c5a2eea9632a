#include "json_reader.h"

#include <cstdint>
#include <initializer_list>

namespace webtrack {
namespace {

// Nothing in here looks for the text's end: the NUL there is not what any place allows.

// What follows the backslash of an escape.
const char* SkipEscape(const char* at) {
  const char kind = *at++;
  if (kind == 'u') {
    for (const char zero_to : {'0', '0', '1', 'f'}) {
      const char digit = *at++;
      if (digit < '0' || digit > zero_to || (digit > '9' && digit < 'a')) return nullptr;
    }
    return at;
  }
  for (const char known : {'"', '\\', '/', 'b', 'f', 'n', 'r', 't'}) {
    if (kind == known) return at;
  }
  return nullptr;
}

// What follows the first byte, `lead`, of a character beyond ASCII.
const char* SkipCharacter(const char* at, uint8_t lead) {
  if (lead < 0xc2 || lead > 0xf4) return nullptr;
  const int more = 1 + (lead >= 0xe0) + (lead >= 0xf0);
  uint32_t code = lead & 0x3f >> more;
  for (int i = 0; i < more; ++i) {
    const auto byte = static_cast<uint8_t>(*at++);
    if (byte >> 6 != 2) return nullptr;
    code = code << 6 | (byte & 0x3f);
  }
  // Three bytes have to begin with U+0800 and four with U+10000; that two bytes do with U+0080 is
  // seen by `lead`.
  const bool too_long = code < 1u << (5 * more + 1);
  return too_long || code >> 11 == 0xd800 >> 11 || code > 0x10ffff ? nullptr : at;
}

const char* SkipString(const char* at) {
  if (*at++ != '"') return nullptr;
  while (at != nullptr) {
    const auto byte = static_cast<uint8_t>(*at++);
    if (byte == '"') return at;
    if (byte < 0x20) return nullptr;
    if (byte == '\\') {
      at = SkipEscape(at);
    } else if (byte >= 0x80) {
      at = SkipCharacter(at, byte);
    }
  }
  return nullptr;
}

}  // namespace

const char* SkipFlatObject(const char* at) {
  if (*at++ != '{') return nullptr;
  if (*at == '}') return at + 1;
  for (;;) {
    at = SkipString(at);
    if (at == nullptr || *at++ != ':') return nullptr;
    at = SkipString(at);
    if (at == nullptr) return nullptr;
    const char next = *at++;
    if (next == '}') return at;
    if (next != ',') return nullptr;
  }
}

}  // namespace webtrack
