// Counts track requests against a limit per minute.
#ifndef COLLECTOR_WRITE_QUOTA_H_
#define COLLECTOR_WRITE_QUOTA_H_

#include <chrono>
#include <mutex>

namespace collector {

class WriteQuota {
 public:
  using Clock = std::chrono::steady_clock;

  // limit: requests in a minute, which begins with the first request in it; 0 for no limit.
  explicit WriteQuota(int limit) : limit_(limit) {}

  // Counts one request; false when it is one too many. Safe to use from many threads.
  bool Take(Clock::time_point now);

 private:
  const int limit_;
  std::mutex mutex_;
  Clock::time_point minute_end_ = Clock::time_point::min();
  int taken_ = 0;
};

}  // namespace collector

#endif  // COLLECTOR_WRITE_QUOTA_H_
