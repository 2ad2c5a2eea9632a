// A request's target, taken apart: cpp-httplib refuses a `?` within the query and mixes up the
// order of parameters.
#ifndef COLLECTOR_REQUEST_TARGET_H_
#define COLLECTOR_REQUEST_TARGET_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace collector {

struct RequestTarget {
  std::string path;   // percent-decoded; can hold any byte
  std::string query;  // as sent, without the `?`
  // Decoded as a form's (`+` is a space), in the order sent, empty pairs left out. Bytes can be
  // anything.
  std::vector<std::pair<std::string, std::string>> parameters;
  size_t bytes = 0;  // path and query as sent

  // The last value of a parameter.
  std::optional<std::string> Parameter(std::string_view name) const;
};

// Accepts whatever stands between method and version; an absolute form loses scheme and authority,
// a fragment goes. An escape that is none stays as it is.
RequestTarget ParseRequestTarget(std::string_view target);

}  // namespace collector

#endif  // COLLECTOR_REQUEST_TARGET_H_
