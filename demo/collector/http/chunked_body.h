// Reads a body that is sent in chunks,
// https://www.rfc-editor.org/rfc/rfc9112#name-chunked-transfer-coding
#ifndef COLLECTOR_HTTP_CHUNKED_BODY_H_
#define COLLECTOR_HTTP_CHUNKED_BODY_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace collector {

class ChunkedBody {
 public:
  // Takes bytes in the order of arrival and returns how many of them belong to the body. Appends
  // the content to `content` while that has fewer than `limit` bytes.
  size_t Add(std::string_view bytes, size_t limit, std::string* content);

  // The last chunk and the trailers, which are dropped, have been read.
  bool done() const { return state_ == State::kDone; }
  // The body is malformed. Where it ends is unknown.
  bool broken() const { return state_ == State::kBroken; }
  // Bytes of content so far.
  uint64_t bytes() const { return bytes_; }

 private:
  enum class State { kSize, kData, kDataEnd, kTrailer, kDone, kBroken };

  // Adds one byte of a line. Returns true when the line is complete.
  bool AddToLine(char byte);
  State AfterLine();

  State state_ = State::kSize;
  uint64_t left_ = 0;  // bytes of the present chunk
  uint64_t bytes_ = 0;
  int trailers_ = 0;
  std::string line_;
};

}  // namespace collector

#endif  // COLLECTOR_HTTP_CHUNKED_BODY_H_
