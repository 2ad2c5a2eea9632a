// Deletes the oldest logs of a store while the collector runs.
#ifndef COLLECTOR_STORE_RETENTION_H_
#define COLLECTOR_STORE_RETENTION_H_

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "store/store.h"

namespace collector {

// What a store keeps; 0: no limit.
struct RetentionLimits {
  int64_t milliseconds = 0;
  int64_t bytes = 0;
};

// Parses `30d`, or a size such as `500MB` or `20GB` (decimal units). Returns nullopt for another
// text.
std::optional<RetentionLimits> ParseRetention(const std::string& text);

// Runs in a thread of its own while it exists. Does nothing without a limit.
class Retention {
 public:
  Retention(RetentionLimits limits, Store* store);
  ~Retention();
  Retention(const Retention&) = delete;
  Retention& operator=(const Retention&) = delete;

 private:
  void Run();

  const RetentionLimits limits_;
  Store* const store_;
  std::mutex mutex_;
  std::condition_variable ending_changed_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace collector

#endif  // COLLECTOR_STORE_RETENTION_H_
