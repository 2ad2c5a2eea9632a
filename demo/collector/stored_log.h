// Gives a log the form in which the SLS console shows it: one flat JSON object of strings.
#ifndef COLLECTOR_STORED_LOG_H_
#define COLLECTOR_STORED_LOG_H_

#include <cstdint>
#include <string>
#include <unordered_set>

#include "log_group.h"

namespace collector {

// A member as it stands in every stored log: `"key":"value"`, escaped in one way only, so that a
// log has the field exactly when its text holds these bytes behind a `,` or the first `{`. Bytes
// that are no UTF-8 become U+FFFD.
std::string StoredField(const std::string& key, const std::string& value);

// What a request's logs have in common, written once and put in front of each of them.
class StoredLogWriter {
 public:
  // arrival_s: epoch seconds. client_address: added with the time of receipt as `__tag__:…`, as a
  // logstore does that records public addresses; empty for neither. The group outlives the writer.
  StoredLogWriter(const LogGroup& group, int64_t arrival_s, const std::string& client_address);

  // Bytes that every log of the group repeats.
  size_t shared_bytes() const { return shared_.size(); }

  // {"__topic__":…,"__source__":…,"__tag__:…":…,"__time__":…,…}. A log's key that a shared name or
  // the numbers of the reading interface take gets a `0` behind it, and more while that is taken.
  std::string Write(const Fields& log) const;

 private:
  void Share(const std::string& key, const std::string& value);

  std::string shared_;
  std::unordered_set<std::string> taken_;
};

}  // namespace collector

#endif  // COLLECTOR_STORED_LOG_H_
