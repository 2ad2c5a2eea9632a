#include "http/incoming_request.h"

#include <algorithm>

#include "http/request_body.h"

namespace collector {
namespace {

// A body above the endpoint's limit is read and dropped up to this size. Beyond it, reading stops.
constexpr uint64_t kMaxDroppedBytes = 64 * 1024 * 1024;

constexpr std::string_view kEnd = "\r\n\r\n";

}  // namespace

void IncomingRequest::Add(std::string_view bytes) {
  pending_.append(bytes);
  Advance();
}

void IncomingRequest::Next() {
  state_ = State::kEmpty;
  searched_ = 0;
  // Exchange them: a string that is cleared or moved to keeps its memory.
  RequestHead head;
  std::swap(head_, head);
  std::string body;
  body_.swap(body);
  pending_.shrink_to_fit();
  received_ = 0;
  chunks_ = {};
  Advance();
}

bool IncomingRequest::TakeContinue() {
  const bool owed = owes_continue_;
  owes_continue_ = false;
  return owed;
}

void IncomingRequest::Advance() {
  if (state_ == State::kEmpty || state_ == State::kHead) AdvanceHead();
  if (state_ == State::kBody) AdvanceBody();
}

void IncomingRequest::AdvanceHead() {
  // Skip empty lines: some clients send one after a body and do not count it in Content-Length.
  if (searched_ == 0) {
    size_t lines = 0;
    while (pending_.compare(lines, 2, "\r\n") == 0) lines += 2;
    pending_.erase(0, lines);
    if (pending_.empty() || pending_ == "\r") return;
  }
  state_ = State::kHead;
  const size_t end = pending_.find(kEnd, searched_);
  if (end == pending_.npos && pending_.size() <= kMaxHeadBytes) {
    searched_ = pending_.size() - std::min(pending_.size(), kEnd.size() - 1);
    return;
  }
  const size_t size = std::min(end == pending_.npos ? end : end + kEnd.size(), kMaxHeadBytes);
  head_ = ParseRequestHead(std::string_view(pending_).substr(0, size));
  pending_.erase(0, size);
  pending_.shrink_to_fit();
  if (head_.refusal != 0) return Refuse(head_.refusal);
  state_ = State::kBody;
  owes_continue_ = head_.expects_continue;
}

void IncomingRequest::AdvanceBody() {
  bool ended = false;
  if (head_.chunked) {
    pending_.erase(0, chunks_.Add(pending_, kMaxBodyBytes, &body_));
    if (chunks_.broken()) return Refuse(400);
    ended = chunks_.done();
  } else {
    const size_t size =
        static_cast<size_t>(std::min<uint64_t>(pending_.size(), head_.length - received_));
    if (head_.length <= kMaxBodyBytes) body_.append(pending_, 0, size);
    pending_.erase(0, size);
    received_ += size;
    ended = received_ == head_.length;
  }
  is_whole_ = ended;
  if (ended || announced_bytes() > kMaxDroppedBytes) state_ = State::kComplete;
}

void IncomingRequest::Refuse(int status) {
  head_.refusal = status;
  state_ = State::kRefused;
}

}  // namespace collector
