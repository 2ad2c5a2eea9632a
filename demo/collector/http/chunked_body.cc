#include "http/chunked_body.h"

#include <algorithm>

#include "http/request_head.h"

namespace collector {
namespace {

constexpr size_t kMaxLineBytes = 4096;
constexpr int kMaxTrailers = 64;
constexpr size_t kMaxSizeDigits = 16;

// Reads a chunk's size, before an extension. Returns false when there is none.
bool ParseSize(std::string_view line, uint64_t* size) {
  const std::string_view digits = line.substr(0, line.find_first_of("; \t"));
  if (digits.empty() || digits.size() > kMaxSizeDigits) return false;
  *size = 0;
  for (const char c : digits) {
    const bool is_digit = c >= '0' && c <= '9';
    const char letter = static_cast<char>(c | 0x20);
    if (!is_digit && !(letter >= 'a' && letter <= 'f')) return false;
    *size = *size * 16 + static_cast<uint64_t>(is_digit ? c - '0' : letter - 'a' + 10);
  }
  if (digits.size() == line.size()) return true;
  // Blanks may only stand before an extension.
  const size_t rest = line.find_first_not_of(" \t", digits.size());
  return rest != line.npos && line[rest] == ';';
}

}  // namespace

size_t ChunkedBody::Add(std::string_view bytes, size_t limit, std::string* content) {
  size_t at = 0;
  while (at < bytes.size() && !done() && !broken()) {
    if (state_ != State::kData) {
      if (AddToLine(bytes[at++])) {
        state_ = AfterLine();
        line_.clear();
      }
      continue;
    }
    const std::string_view data =
        bytes.substr(at, static_cast<size_t>(std::min<uint64_t>(left_, bytes.size() - at)));
    content->append(data.substr(0, limit - std::min(limit, content->size())));
    at += data.size();
    bytes_ += data.size();
    left_ -= data.size();
    if (left_ == 0) state_ = State::kDataEnd;
  }
  return at;
}

bool ChunkedBody::AddToLine(char byte) {
  const bool after_cr = !line_.empty() && line_.back() == '\r';
  // A `\r` belongs to the end of the line, and a `\n` is never without it.
  if (byte == '\0' || after_cr != (byte == '\n') || line_.size() > kMaxLineBytes) {
    state_ = State::kBroken;
    return false;
  }
  if (byte != '\n') {
    line_ += byte;
    return false;
  }
  line_.pop_back();
  return true;
}

ChunkedBody::State ChunkedBody::AfterLine() {
  switch (state_) {
    case State::kDataEnd:
      return line_.empty() ? State::kSize : State::kBroken;
    case State::kTrailer:
      if (line_.empty()) return State::kDone;
      if (++trailers_ > kMaxTrailers || line_.find(':') == line_.npos) return State::kBroken;
      return IsToken(line_.substr(0, line_.find(':'))) ? State::kTrailer : State::kBroken;
    default:
      if (!ParseSize(line_, &left_)) return State::kBroken;
      return left_ > 0 ? State::kData : State::kTrailer;
  }
}

}  // namespace collector
