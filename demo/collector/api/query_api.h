// `/api/logs`, `/api/batches` and `/api/summary`: return stored rows as JSON.
#ifndef COLLECTOR_API_QUERY_API_H_
#define COLLECTOR_API_QUERY_API_H_

#include <httplib.h>

#include <atomic>
#include <stdexcept>

#include "http/http_listener.h"
#include "http/request_target.h"
#include "store/store.h"

namespace collector {

// Reports a parameter that is unknown, repeated or invalid. what() names the parameter.
class ParameterError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Parse the parameters of `/api/logs` and `/api/batches`. Throw ParameterError.
LogFilter ParseLogFilter(const RequestTarget& target);
BatchFilter ParseBatchFilter(const RequestTarget& target);

class QueryApi {
 public:
  explicit QueryApi(Store* store) : store_(store) {}

  // Returns false, without an answer, for any other path. Thread-safe.
  bool Handle(HttpRequest& request, httplib::Response& response);

 private:
  void Answer(const RequestTarget& target, httplib::Response* response);

  Store* const store_;
  std::atomic<int> running_{0};
};

}  // namespace collector

#endif  // COLLECTOR_API_QUERY_API_H_
