// Counts what runs at the same time.
#ifndef COLLECTOR_HTTP_TURN_H_
#define COLLECTOR_HTTP_TURN_H_

#include <atomic>

namespace collector {

// Counts as one while it exists.
class Turn {
 public:
  // `running` must outlive the turn.
  explicit Turn(std::atomic<int>* running) : running_(running) { ++*running_; }
  ~Turn() { --*running_; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  std::atomic<int>* const running_;
};

}  // namespace collector

#endif  // COLLECTOR_HTTP_TURN_H_
