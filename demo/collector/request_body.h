// A request's body, read piece by piece within a bound.
#ifndef COLLECTOR_REQUEST_BODY_H_
#define COLLECTOR_REQUEST_BODY_H_

#include <httplib.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace collector {

class RequestBody {
 public:
  enum class Outcome { kComplete, kTooLarge, kBroken };

  // `reader` is null for a request without a body and outlives this object. declared_bytes: what
  // Content-Length says, 0 without one.
  RequestBody(const httplib::ContentReader* reader, uint64_t declared_bytes);

  // Reads the body, once. At most `limit` bytes are ever kept; the rest of a larger body is read
  // and dropped, so that its sender gets to read the answer, unless it is out of all proportion.
  Outcome Read(size_t limit, std::string* body);

  // Reads and drops what nobody asked for. False when the body's end was not reached: the
  // connection cannot carry another request.
  bool Finish();

  uint64_t declared_bytes() const { return declared_bytes_; }
  // Bytes that came in so far.
  uint64_t received_bytes() const { return received_bytes_; }

 private:
  const httplib::ContentReader* reader_;
  uint64_t declared_bytes_;
  uint64_t received_bytes_ = 0;
  bool at_end_;
};

}  // namespace collector

#endif  // COLLECTOR_REQUEST_BODY_H_
