// The logs of one track request.
#ifndef COLLECTOR_STORE_LOG_GROUP_H_
#define COLLECTOR_STORE_LOG_GROUP_H_

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace collector {

// Keys are unique, in the order of their first appearance. Keys and values may contain NUL. Those
// of a JSON body are valid UTF-8; those of a query may contain any byte.
using Fields = std::vector<std::pair<std::string, std::string>>;

// Writes fields. A key that is already there gets the new value and keeps its position. A log can
// have a million keys, so each takes logarithmic time. A hash table would take linear time for keys
// that a client has chosen to collide.
class FieldWriter {
 public:
  // Later calls of Set() write to `fields`, which becomes empty.
  void Start(Fields* fields);
  void Set(std::string key, std::string value);

 private:
  Fields* fields_ = nullptr;
  std::map<std::string, size_t> positions_;  // index of each key in `fields_`
};

struct LogGroup {
  std::string topic;
  std::string source;
  Fields tags;
  std::vector<Fields> logs;  // without `__time__`, because the arrival time replaces it
};

}  // namespace collector

#endif  // COLLECTOR_STORE_LOG_GROUP_H_
