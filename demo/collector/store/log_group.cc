#include "store/log_group.h"

namespace collector {

void FieldWriter::Start(Fields* fields) {
  fields->clear();
  positions_.clear();
  fields_ = fields;
}

void FieldWriter::Set(std::string key, std::string value) {
  const auto [position, is_new] = positions_.try_emplace(key, fields_->size());
  if (is_new) {
    fields_->emplace_back(std::move(key), std::move(value));
  } else {
    (*fields_)[position->second].second = std::move(value);
  }
}

}  // namespace collector
