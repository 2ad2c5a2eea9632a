// Converts a log to the form that the SLS console shows: one flat JSON object of strings.
#ifndef COLLECTOR_STORE_STORED_LOG_H_
#define COLLECTOR_STORE_STORED_LOG_H_

#include <cstdint>
#include <set>
#include <string>

#include "store/log_group.h"

namespace collector {

// Returns a field as it is written in stored logs: `"key":"value"`. The same field always gives the
// same bytes, so a log contains the field exactly when its text contains these bytes after a `,` or
// after the first `{`. Bytes that are not valid UTF-8 become U+FFFD.
std::string StoredField(const std::string& key, const std::string& value);

// Writes the logs of one request. The fields that all of them share are formatted only once.
class StoredLogWriter {
 public:
  // `arrival_s` is the arrival in epoch seconds. `client_address` and the arrival are added as
  // `__tag__:…` fields, as a logstore does with "record public IP"; pass an empty address to add
  // neither.
  StoredLogWriter(const LogGroup& group, int64_t arrival_s, const std::string& client_address);

  // Bytes that are repeated in every log of the group.
  size_t shared_bytes() const { return shared_.size(); }

  // Returns {"__topic__":…,"__source__":…,"__tag__:…":…,"__time__":…,…}. A key of the log that is
  // `__id__`, `__batch__` or the name of a shared field gets one or more `0` appended, until it is
  // unique.
  std::string Write(const Fields& log) const;

 private:
  void Share(const std::string& key, const std::string& value);

  std::string shared_;
  // Ordered: clients choose the keys, and could choose such that all have one hash.
  std::set<std::string> taken_;
};

}  // namespace collector

#endif  // COLLECTOR_STORE_STORED_LOG_H_
