// Reads the JSON body of a track request without building a tree of it.
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

// Keys are unique and stand in the order in which they first appeared; values are valid UTF-8 and
// may hold NUL.
using Fields = std::vector<std::pair<std::string, std::string>>;

// Sets a key's value; a key that is there already keeps its place and takes the new value. Linear.
void SetField(Fields* fields, std::string key, std::string value);

struct LogGroup {
  std::string topic;
  std::string source;
  Fields tags;
  std::vector<Fields> logs;  // without `__time__`, which the arrival overrides
};

// Fills an empty group from a body. Returns what is wrong with the body, for the answer, and leaves
// the group in an unspecified state then. Reading ends at the first mistake; nesting, however deep,
// costs nothing. Members besides the four that the endpoint documents are passed over.
std::optional<std::string> ParseLogGroup(std::string_view body, LogGroup* group);

}  // namespace collector

#endif  // COLLECTOR_LOG_GROUP_H_
