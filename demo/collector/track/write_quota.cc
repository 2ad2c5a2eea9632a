#include "track/write_quota.h"

namespace collector {

bool WriteQuota::Take(Clock::time_point now) {
  if (limit_ == 0) return true;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (now >= minute_end_) {
    minute_end_ = now + std::chrono::minutes(1);
    taken_ = 0;
  }
  if (taken_ == limit_) return false;
  ++taken_;
  return true;
}

}  // namespace collector
