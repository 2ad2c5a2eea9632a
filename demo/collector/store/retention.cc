#include "store/retention.h"

#include <charconv>
#include <chrono>

namespace collector {
namespace {

constexpr std::chrono::milliseconds kInterval(1'000);
// Between two steps, so that requests that wait to be stored have their turn.
constexpr std::chrono::milliseconds kPause(5);
constexpr int64_t kDayMs = 24 * 3'600'000;

int64_t NowMs() {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

}  // namespace

std::optional<RetentionLimits> ParseRetention(const std::string& text) {
  int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || number < 1 || number > 100'000) return std::nullopt;
  const std::string unit(stop, end);
  if (unit == "d") return RetentionLimits{number * kDayMs, 0};
  if (unit == "MB") return RetentionLimits{0, number * 1'000'000};
  if (unit == "GB") return RetentionLimits{0, number * 1'000'000'000};
  return std::nullopt;
}

Retention::Retention(RetentionLimits limits, Store* store) : limits_(limits), store_(store) {
  if (limits.milliseconds > 0 || limits.bytes > 0) thread_ = std::thread([this] { Run(); });
}

Retention::~Retention() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ending_ = true;
  }
  ending_changed_.notify_all();
  thread_.join();
}

void Retention::Run() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!ending_) {
    lock.unlock();
    bool more = false;
    try {
      const int64_t before = limits_.milliseconds > 0 ? NowMs() - limits_.milliseconds : 0;
      more = store_->DeleteOldest(before, limits_.bytes);
    } catch (const DatabaseError&) {
      // The disk may be full or the database locked: try again later.
    }
    lock.lock();
    ending_changed_.wait_for(lock, more ? kPause : kInterval, [this] { return ending_; });
  }
}

}  // namespace collector
