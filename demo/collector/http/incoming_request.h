// Collects a request from bytes that arrive in any pieces. It never waits for more.
#ifndef COLLECTOR_HTTP_INCOMING_REQUEST_H_
#define COLLECTOR_HTTP_INCOMING_REQUEST_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "http/chunked_body.h"
#include "http/request_head.h"

namespace collector {

class IncomingRequest {
 public:
  // kEmpty: no byte yet. kRefused: see refusal().
  enum class State { kEmpty, kHead, kBody, kComplete, kRefused };

  State state() const { return state_; }

  // Adds bytes that have arrived. Those after the end of the request are kept for the next one.
  void Add(std::string_view bytes);

  // Begins with the next request, after a complete one. It may be complete already.
  void Next();

  // The status with which to refuse a request, before the connection is closed.
  int refusal() const { return head_.refusal; }

  const RequestHead& head() const { return head_; }

  // The body; empty or only the beginning of one that is larger than any limit. May be called once.
  std::string TakeBody() { return std::move(body_); }
  // How much of the body has arrived.
  uint64_t body_bytes() const { return head_.chunked ? chunks_.bytes() : received_; }
  // The size that the client has announced, or what has arrived of chunks.
  uint64_t announced_bytes() const { return head_.chunked ? chunks_.bytes() : head_.length; }

  // The whole body has arrived. Not so for one that is too large to be read to its end: after it
  // the connection must be closed.
  bool is_whole() const { return is_whole_; }

  // True once, when the client waits for `100 Continue`.
  bool TakeContinue();

  // Bytes in memory.
  size_t kept_bytes() const {
    return pending_.capacity() + body_.capacity() + head_.target.capacity() +
           head_.rewritten.capacity();
  }

 private:
  void Advance();
  void AdvanceHead();
  void AdvanceBody();
  void Refuse(int status);

  State state_ = State::kEmpty;
  std::string pending_;  // bytes that belong to no part yet
  size_t searched_ = 0;  // bytes of `pending_` without the end of a head
  RequestHead head_;
  std::string body_;
  uint64_t received_ = 0;
  ChunkedBody chunks_;
  bool is_whole_ = true;
  bool owes_continue_ = false;
};

}  // namespace collector

#endif  // COLLECTOR_HTTP_INCOMING_REQUEST_H_
