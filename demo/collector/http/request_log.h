// Writes a line of JSON for each request.
#ifndef COLLECTOR_HTTP_REQUEST_LOG_H_
#define COLLECTOR_HTTP_REQUEST_LOG_H_

#include <chrono>
#include <mutex>
#include <ostream>
#include <string>

namespace collector {

class RequestLog {
 public:
  // `out` must outlive this object. With `quiet`, requests with a status below 400 are not logged.
  RequestLog(std::ostream* out, bool quiet) : out_(out), quiet_(quiet) {}

  struct Entry {
    const std::string& method;
    const std::string& path;
    int status;
    std::chrono::microseconds duration;
    std::string request_id;  // empty when the response has none
    std::string error;       // empty without an error
  };

  // Pass the path without the query, because the query contains recorded user data. A status of 400
  // or more is logged as a warning, of 500 or more as an error. Thread-safe.
  void Write(const Entry& entry);

 private:
  std::mutex mutex_;
  std::ostream* const out_;
  const bool quiet_;
};

}  // namespace collector

#endif  // COLLECTOR_HTTP_REQUEST_LOG_H_
