#include "store/stored_log.h"

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

namespace collector {
namespace {

std::string Quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Finds free names for the keys of a log by adding zeros. It remembers where it has looked, so that
// even keys such as a, a0, a00, … take little time.
class FreeNames {
 public:
  FreeNames(const std::set<std::string>& taken, const Fields& log) : taken_(taken) {
    for (const auto& field : log) log_names_.insert(field.first);
  }

  // Returns `key` with so many zeros that no other key has this name.
  std::string Take(const std::string& key) {
    const size_t stem_bytes = key.find_last_not_of('0') + 1;
    std::string name = key.substr(0, stem_bytes);
    std::map<size_t, size_t>& next = next_[name];
    std::vector<size_t> seen;
    for (size_t zeros = key.size() - stem_bytes + 1;;) {
      seen.push_back(zeros);
      const auto known = next.find(zeros);
      if (known != next.end()) {
        zeros = known->second;
        continue;
      }
      name.resize(stem_bytes);
      name.append(zeros, '0');
      ++zeros;
      if (taken_.count(name) != 0 || !log_names_.insert(name).second) continue;
      for (const size_t one : seen) next[one] = zeros;
      return name;
    }
  }

 private:
  const std::set<std::string>& taken_;
  std::set<std::string> log_names_;
  // By stem and number of zeros: the next number that may be free.
  std::map<std::string, std::map<size_t, size_t>> next_;
};

}  // namespace

std::string StoredField(const std::string& key, const std::string& value) {
  return Quoted(key) + ':' + Quoted(value);
}

StoredLogWriter::StoredLogWriter(const LogGroup& group, int64_t arrival_s,
                                 const std::string& client_address)
    : taken_{"__id__", "__batch__"} {
  Share("__topic__", group.topic);
  Share("__source__", group.source);
  const std::string arrival = std::to_string(arrival_s);
  if (!client_address.empty()) {
    Share("__tag__:__client_ip__", client_address);
    Share("__tag__:__receive_time__", arrival);
  }
  for (const auto& [key, value] : group.tags) {
    std::string name = "__tag__:" + key;
    while (taken_.count(name) != 0) name += '0';
    Share(name, value);
  }
  Share("__time__", arrival);
}

void StoredLogWriter::Share(const std::string& key, const std::string& value) {
  shared_ += shared_.empty() ? '{' : ',';
  shared_ += StoredField(key, value);
  taken_.insert(key);
}

std::string StoredLogWriter::Write(const Fields& log) const {
  std::optional<FreeNames> free_names;  // made when the first key must be renamed
  std::string text = shared_;
  for (const auto& [key, value] : log) {
    std::string name = key;
    if (taken_.count(name) != 0) {
      if (!free_names) free_names.emplace(taken_, log);
      name = free_names->Take(key);
    }
    text += ',' + StoredField(name, value);
  }
  text += '}';
  return text;
}

}  // namespace collector
