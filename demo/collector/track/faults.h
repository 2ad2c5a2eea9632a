// Simulated faults. A test adds them through `/api/faults`; the next track requests then get an
// error response.
#ifndef COLLECTOR_TRACK_FAULTS_H_
#define COLLECTOR_TRACK_FAULTS_H_

#include <httplib.h>

#include <deque>
#include <mutex>
#include <optional>
#include <string>

#include "http/http_listener.h"
#include "track/track_error.h"

namespace collector {

struct Fault {
  std::string answer;             // an error code, or "Proxy"
  std::optional<ErrorCode> code;  // nullopt: answer like a proxy
  std::optional<int> status;      // replaces the default status of the code
  int times = 1;                  // how many more requests get this fault
  bool cors = true;
  std::optional<std::string> retry_after;
  bool after_store = false;
};

// A queue of faults. Faults are used in the order in which they were added. Thread-safe.
class Faults {
 public:
  // Handles `/api/faults`: POST adds a fault, GET lists the pending faults, DELETE clears them.
  void Handle(HttpRequest& request, httplib::Response& response);

  // Returns the fault for the current request and counts it, or nullopt when none is pending.
  std::optional<Fault> Take();

 private:
  std::string PendingJson();

  std::mutex mutex_;
  std::deque<Fault> pending_;
};

// Parses the JSON of a fault. Returns an error message, or nullopt on success.
std::optional<std::string> ParseFault(const std::string& body, Fault* fault);

}  // namespace collector

#endif  // COLLECTOR_TRACK_FAULTS_H_
