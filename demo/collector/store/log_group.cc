#include "store/log_group.h"

#include <algorithm>

namespace collector {

void SetField(Fields* fields, std::string key, std::string value) {
  const auto same = [&key](const auto& field) { return field.first == key; };
  const auto found = std::find_if(fields->begin(), fields->end(), same);
  if (found != fields->end()) {
    found->second = std::move(value);
  } else {
    fields->emplace_back(std::move(key), std::move(value));
  }
}

}  // namespace collector
