// Parses the JSON body of a track request without building a JSON tree.
#ifndef COLLECTOR_TRACK_LOG_GROUP_PARSER_H_
#define COLLECTOR_TRACK_LOG_GROUP_PARSER_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "store/log_group.h"

namespace collector {

inline constexpr size_t kMaxLogs = 4096;

// Parses a body into an empty group. On failure, returns the message for the response; the content
// of the group is then unspecified. Parsing stops at the first error. Deep nesting uses no stack.
// Members other than the four documented ones are ignored.
std::optional<std::string> ParseLogGroup(std::string_view body, LogGroup* group);

}  // namespace collector

#endif  // COLLECTOR_TRACK_LOG_GROUP_PARSER_H_
