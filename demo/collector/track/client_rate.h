// Limits the track requests of each address.
#ifndef COLLECTOR_TRACK_CLIENT_RATE_H_
#define COLLECTOR_TRACK_CLIENT_RATE_H_

#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace collector {

class ClientRate {
 public:
  using Clock = std::chrono::steady_clock;

  // `limit` is the number of requests per second of one address, and how many may come at once; 0
  // means no limit.
  explicit ClientRate(int limit) : limit_(limit) {}

  // Counts a request. Returns false when its address has used up its share. Thread-safe.
  bool Take(const std::string& address, Clock::time_point now);

 private:
  // An address that sends nothing for this time counts as new.
  static constexpr std::chrono::seconds kForgetAfter{10};
  static constexpr size_t kMaxAddresses = 100'000;

  struct Share {
    double left;
    Clock::time_point counted;
  };

  void Forget(Clock::time_point now);

  const int limit_;
  std::mutex mutex_;
  // Ordered: clients choose their addresses, where they have many.
  std::map<std::string, Share> shares_;
};

}  // namespace collector

#endif  // COLLECTOR_TRACK_CLIENT_RATE_H_
