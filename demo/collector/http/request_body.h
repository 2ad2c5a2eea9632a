// The body of a request, which has arrived before the request is handled.
#ifndef COLLECTOR_HTTP_REQUEST_BODY_H_
#define COLLECTOR_HTTP_REQUEST_BODY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace collector {

// The largest body in bytes, both as received and decompressed.
inline constexpr size_t kMaxBodyBytes = 10'485'760;

class RequestBody {
 public:
  // `kept`: the body, or the beginning of one that is larger than any limit. `announced_bytes`: its
  // full size; `received_bytes`: how much of it has arrived.
  RequestBody(std::string kept, uint64_t announced_bytes, uint64_t received_bytes)
      : kept_(std::move(kept)),
        announced_bytes_(announced_bytes),
        received_bytes_(received_bytes) {}

  // Moves the body into `body`. Returns false when it has more than `limit` bytes.
  bool Take(size_t limit, std::string* body) {
    if (announced_bytes_ > limit) return false;
    *body = std::move(kept_);
    return true;
  }

  uint64_t announced_bytes() const { return announced_bytes_; }
  uint64_t received_bytes() const { return received_bytes_; }

 private:
  std::string kept_;
  uint64_t announced_bytes_;
  uint64_t received_bytes_;
};

}  // namespace collector

#endif  // COLLECTOR_HTTP_REQUEST_BODY_H_
