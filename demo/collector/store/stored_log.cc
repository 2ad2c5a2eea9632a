#include "store/stored_log.h"

#include <nlohmann/json.hpp>

namespace collector {
namespace {

std::string Quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

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
  std::set<std::string> log_names;  // filled when the first key must be renamed
  std::string text = shared_;
  for (const auto& [key, value] : log) {
    std::string name = key;
    if (taken_.count(name) != 0) {
      if (log_names.empty()) {
        for (const auto& field : log) log_names.insert(field.first);
      }
      do name += '0';
      while (taken_.count(name) != 0 || !log_names.insert(name).second);
    }
    text += ',' + StoredField(name, value);
  }
  text += '}';
  return text;
}

}  // namespace collector
