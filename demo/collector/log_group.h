// Parses the JSON body of a track request without building a JSON tree.
#ifndef COLLECTOR_LOG_GROUP_H_
#define COLLECTOR_LOG_GROUP_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace collector {

inline constexpr size_t kMaxLogs = 4096;

// Keys are unique, in the order of their first appearance. Keys and values may contain NUL. Those
// of a JSON body are valid UTF-8; those of a query may contain any byte.
using Fields = std::vector<std::pair<std::string, std::string>>;

// Sets the value of a key. An existing key keeps its position. Takes linear time.
void SetField(Fields* fields, std::string key, std::string value);

struct LogGroup {
  std::string topic;
  std::string source;
  Fields tags;
  std::vector<Fields> logs;  // without `__time__`, because the arrival time replaces it
};

// Parses a body into an empty group. On failure, returns the message for the response; the content
// of the group is then unspecified. Parsing stops at the first error. Deep nesting uses no stack.
// Members other than the four documented ones are ignored.
std::optional<std::string> ParseLogGroup(std::string_view body, LogGroup* group);

}  // namespace collector

#endif  // COLLECTOR_LOG_GROUP_H_
