#include "http/request_log.h"

#include <ctime>
#include <nlohmann/json.hpp>

namespace collector {
namespace {

std::string Timestamp() {
  const auto now = std::chrono::system_clock::now();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  const auto millis =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm utc = {};
  gmtime_r(&seconds, &utc);
  char text[40];
  std::string stamp(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc));
  const std::string digits = std::to_string(1000 + millis);
  return stamp + '.' + digits.substr(1) + 'Z';
}

}  // namespace

void RequestLog::Write(const Entry& entry) {
  if (quiet_ && entry.status < 400) return;
  nlohmann::ordered_json line = {
      {"time", Timestamp()},
      {"level", entry.status >= 500   ? "error"
                : entry.status >= 400 ? "warning"
                                      : "info"},
      {"method", entry.method},
      {"path", entry.path},
      {"status", entry.status},
      {"ms", static_cast<double>(entry.duration.count()) / 1000},
  };
  if (!entry.request_id.empty()) line["request_id"] = entry.request_id;
  if (!entry.error.empty()) line["error"] = entry.error;
  const std::string text =
      line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + '\n';
  const std::lock_guard<std::mutex> lock(mutex_);
  *out_ << text << std::flush;
}

}  // namespace collector
