// One JSON object a line on standard error for each request and each trouble.
#ifndef COLLECTOR_REQUEST_LOG_H_
#define COLLECTOR_REQUEST_LOG_H_

#include <chrono>
#include <mutex>
#include <ostream>
#include <string>

namespace collector {

class RequestLog {
 public:
  // quiet: leaves out answers below 400. The stream outlives the log.
  RequestLog(std::ostream* out, bool quiet) : out_(out), quiet_(quiet) {}

  struct Entry {
    const std::string& method;
    const std::string& path;
    int status;
    std::chrono::microseconds duration;
    std::string request_id;  // empty when the answer has none
    std::string error;       // empty for none
  };

  // The path goes without its query, which holds what users did. Answers from 400 on are warnings,
  // from 500 on errors. Safe to use from many threads.
  void Write(const Entry& entry);

 private:
  std::mutex mutex_;
  std::ostream* const out_;
  const bool quiet_;
};

}  // namespace collector

#endif  // COLLECTOR_REQUEST_LOG_H_
