// `/api/logs`, `/api/batches` and `/api/summary`: the stored rows for whoever looks at them.
#ifndef COLLECTOR_QUERY_API_H_
#define COLLECTOR_QUERY_API_H_

#include <httplib.h>

#include <stdexcept>

#include "http_listener.h"
#include "request_target.h"
#include "store.h"

namespace collector {

// A parameter that is unknown, repeated or has a bad value; what() names it.
class ParameterError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Read the parameters of `/api/logs` and `/api/batches`. Throw ParameterError.
LogFilter ParseLogFilter(const RequestTarget& target);
BatchFilter ParseBatchFilter(const RequestTarget& target);

class QueryApi {
 public:
  explicit QueryApi(Store* store) : store_(store) {}

  // False when the path is none of the three. Safe to use from many threads.
  bool Handle(HttpRequest& request, httplib::Response& response);

 private:
  Store* const store_;
};

}  // namespace collector

#endif  // COLLECTOR_QUERY_API_H_
