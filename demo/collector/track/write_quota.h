// Limits the track requests per minute.
#ifndef COLLECTOR_TRACK_WRITE_QUOTA_H_
#define COLLECTOR_TRACK_WRITE_QUOTA_H_

#include <chrono>
#include <mutex>

namespace collector {

class WriteQuota {
 public:
  using Clock = std::chrono::steady_clock;

  // `limit` is the number of requests per minute; 0 means no limit. A minute begins with its first
  // request.
  explicit WriteQuota(int limit) : limit_(limit) {}

  // Counts a request. Returns false when the limit is exceeded. Thread-safe.
  bool Take(Clock::time_point now);

 private:
  const int limit_;
  std::mutex mutex_;
  Clock::time_point minute_end_ = Clock::time_point::min();
  int taken_ = 0;
};

}  // namespace collector

#endif  // COLLECTOR_TRACK_WRITE_QUOTA_H_
