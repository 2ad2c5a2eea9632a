// The collector's reader of requests: bytes mean the same in whatever pieces they arrive, and a
// request that is passed on is one for another reader, too.
#include <algorithm>
#include <cctype>
#include <vector>

#include "http/incoming_request.h"
#include "input.h"

namespace {

using collector::IncomingRequest;
using State = IncomingRequest::State;

struct Seen {
  State state;
  int refusal;
  std::string target;
  std::string rewritten;
  std::string body;
  bool operator==(const Seen& other) const {
    return state == other.state && refusal == other.refusal && target == other.target &&
           rewritten == other.rewritten && body == other.body;
  }
};

Seen See(IncomingRequest* request) {
  return {request->state(), request->refusal(), request->head().target, request->head().rewritten,
          request->TakeBody()};
}

// All requests in these bytes, up to one that is refused or not complete.
std::vector<Seen> Requests(std::string_view bytes, size_t piece) {
  std::vector<Seen> seen;
  IncomingRequest request;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    request.Add(bytes.substr(at, piece));
    while (request.state() == State::kComplete && request.is_whole()) {
      seen.push_back(See(&request));
      request.Next();
    }
    if (request.state() == State::kRefused || request.state() == State::kComplete) break;
  }
  seen.push_back(See(&request));
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input(data, size);
  const size_t piece = 1 + input.Below(64);
  const std::string_view bytes = input.Rest();
  const std::vector<Seen> whole = Requests(bytes, std::max<size_t>(bytes.size(), 1));
  CHECK(whole == Requests(bytes, piece));
  for (const Seen& one : whole) {
    if (one.state != State::kComplete) continue;
    std::string head = one.rewritten;
    std::transform(head.begin(), head.end(), head.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const char* forbidden : {"\r\n\r\n\r\n", "\r\ntransfer-encoding:"}) {
      CHECK(head.find(forbidden) == std::string::npos);
    }
    CHECK(one.rewritten.find('\0') == std::string::npos);
    CHECK(one.rewritten.size() >= 4 &&
          one.rewritten.substr(one.rewritten.size() - 4) == "\r\n\r\n");
  }
  return 0;
}
