// Faults that a test orders: the next track requests are answered as by an endpoint in trouble.
#ifndef COLLECTOR_FAULTS_H_
#define COLLECTOR_FAULTS_H_

#include <httplib.h>

#include <deque>
#include <mutex>
#include <optional>
#include <string>

#include "http_listener.h"
#include "track_error.h"

namespace collector {

struct Fault {
  std::string answer;             // the member as ordered
  std::optional<ErrorCode> code;  // nullopt: what a proxy on the way would answer
  std::optional<int> status;      // instead of the code's own
  int times = 1;                  // requests that are left for it
  bool cors = true;
  std::optional<std::string> retry_after;
  bool after_store = false;
};

// Orders are served first come, first served. Safe to use from many threads.
class Faults {
 public:
  // `/api/faults`: POST orders one more fault, GET shows what is left, DELETE clears.
  void Handle(HttpRequest& request, httplib::Response& response);

  // The fault for the request at hand, if one is due; counts it.
  std::optional<Fault> Take();

 private:
  std::string PendingJson();

  std::mutex mutex_;
  std::deque<Fault> pending_;
};

// Reads an order. Returns what is wrong with it.
std::optional<std::string> ParseFault(const std::string& body, Fault* fault);

}  // namespace collector

#endif  // COLLECTOR_FAULTS_H_
