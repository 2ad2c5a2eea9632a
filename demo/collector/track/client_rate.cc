#include "track/client_rate.h"

#include <algorithm>

namespace collector {

bool ClientRate::Take(const std::string& address, Clock::time_point now) {
  if (limit_ == 0) return true;
  const std::lock_guard<std::mutex> lock(mutex_);
  if (shares_.size() >= kMaxAddresses && shares_.count(address) == 0) Forget(now);
  const auto [found, is_new] =
      shares_.try_emplace(address, Share{static_cast<double>(limit_), now});
  Share& share = found->second;
  const double seconds = std::chrono::duration<double>(now - share.counted).count();
  share.left = std::min<double>(limit_, share.left + seconds * limit_);
  share.counted = now;
  if (share.left < 1) return false;
  share.left -= 1;
  return true;
}

void ClientRate::Forget(Clock::time_point now) {
  for (auto at = shares_.begin(); at != shares_.end();) {
    at = now - at->second.counted > kForgetAfter ? shares_.erase(at) : std::next(at);
  }
  // A flood of new addresses: the limit cannot be kept for all of them, but memory can.
  if (shares_.size() >= kMaxAddresses) shares_.clear();
}

}  // namespace collector
