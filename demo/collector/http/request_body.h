// Reads the body of a request piece by piece, up to a size limit.
#ifndef COLLECTOR_HTTP_REQUEST_BODY_H_
#define COLLECTOR_HTTP_REQUEST_BODY_H_

#include <httplib.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace collector {

class RequestBody {
 public:
  enum class Outcome { kComplete, kTooLarge, kBroken };

  // `reader` must outlive this object; it is null for a request without a body. `declared_bytes` is
  // the Content-Length, or 0 without one.
  RequestBody(const httplib::ContentReader* reader, uint64_t declared_bytes);

  // Reads the body into `body`. Only the first call reads. Returns kTooLarge when the body has more
  // than `limit` bytes. The rest of such a body is read and dropped, so that the client can read
  // the response; of a body beyond 64 MiB nothing more is read.
  Outcome Read(size_t limit, std::string* body);

  // Reads and drops a body that was not read. Returns false when the end of the body was not
  // reached; the connection cannot then be used for another request.
  bool Finish();

  uint64_t declared_bytes() const { return declared_bytes_; }
  // Bytes received so far.
  uint64_t received_bytes() const { return received_bytes_; }

 private:
  const httplib::ContentReader* reader_;
  uint64_t declared_bytes_;
  uint64_t received_bytes_ = 0;
  bool at_end_;
};

}  // namespace collector

#endif  // COLLECTOR_HTTP_REQUEST_BODY_H_
