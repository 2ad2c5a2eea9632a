// The logs of one track request.
#ifndef COLLECTOR_STORE_LOG_GROUP_H_
#define COLLECTOR_STORE_LOG_GROUP_H_

#include <string>
#include <utility>
#include <vector>

namespace collector {

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

}  // namespace collector

#endif  // COLLECTOR_STORE_LOG_GROUP_H_
