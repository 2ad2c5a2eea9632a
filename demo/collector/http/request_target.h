// Parses the target of a request. cpp-httplib's own parser refuses a `?` within the query and does
// not keep the order of parameters.
#ifndef COLLECTOR_HTTP_REQUEST_TARGET_H_
#define COLLECTOR_HTTP_REQUEST_TARGET_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace collector {

struct RequestTarget {
  std::string path;   // percent-decoded; may contain any byte
  std::string query;  // as sent, without the `?`
  // Names and values, decoded as in a form (`+` is a space), in the order sent, without empty
  // pairs. They may contain any byte.
  std::vector<std::pair<std::string, std::string>> parameters;
  size_t bytes = 0;  // length of path and query as sent

  // Returns the last value of a parameter.
  std::optional<std::string> Parameter(std::string_view name) const;
};

// Parses the text between method and version; accepts any text. Drops the scheme and authority of
// an absolute URL, and a fragment. Keeps invalid percent escapes unchanged.
RequestTarget ParseRequestTarget(std::string_view target);

}  // namespace collector

#endif  // COLLECTOR_HTTP_REQUEST_TARGET_H_
