#include "track/log_group_parser.h"

#include <nlohmann/json.hpp>

namespace collector {
namespace {

constexpr char kNotJson[] = "The request body is not valid JSON object.";
constexpr char kNotString[] = "Value in log is not string data type";

class GroupReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit GroupReader(LogGroup* group) : group_(group) {}

  std::optional<std::string> Verdict(bool complete) {
    if (!complete) return failure_.empty() ? kNotJson : failure_;
    if (!saw_logs_) return "The request body has no array __logs__.";
    return std::nullopt;
  }

  bool null() override { return Scalar(false); }
  bool boolean(bool) override { return Scalar(false); }
  bool number_integer(number_integer_t) override { return Scalar(true); }
  bool number_unsigned(number_unsigned_t) override { return Scalar(true); }
  bool number_float(number_float_t, const string_t&) override { return Scalar(true); }
  bool binary(binary_t&) override { return Fail(kNotJson); }

  bool string(string_t& text) override {
    switch (place_) {
      case Place::kGroup:
        if (key_ == "__topic__") {
          group_->topic = std::move(text);
        } else if (key_ == "__source__") {
          group_->source = std::move(text);
        } else if (key_ == "__logs__" || key_ == "__tags__") {
          return FailShape();
        }
        return true;
      case Place::kTags:
        writer_.Set(std::move(key_), std::move(text));
        return true;
      case Place::kLog:
        if (key_ != "__time__") writer_.Set(std::move(key_), std::move(text));
        return true;
      case Place::kSkipped:
        return true;
      case Place::kStart:
      case Place::kLogs:
        break;
    }
    return FailShape();
  }

  bool key(string_t& text) override {
    key_ = std::move(text);
    return true;
  }

  bool start_object(std::size_t) override {
    switch (place_) {
      case Place::kStart:
        place_ = Place::kGroup;
        return true;
      case Place::kGroup:
        if (key_ == "__tags__") {
          writer_.Start(&group_->tags);
          place_ = Place::kTags;
          return true;
        }
        return Skip();
      case Place::kLogs:
        if (group_->logs.size() == kMaxLogs) {
          return Fail("Logs must be less than or equal to " + std::to_string(kMaxLogs) +
                      " entries.");
        }
        writer_.Start(&group_->logs.emplace_back());
        place_ = Place::kLog;
        return true;
      case Place::kTags:
      case Place::kLog:
        return Fail(kNotString);
      case Place::kSkipped:
        break;
    }
    return Skip();
  }

  bool end_object() override {
    if (place_ == Place::kSkipped) return Unskip();
    place_ = place_ == Place::kLog ? Place::kLogs : Place::kGroup;
    return true;
  }

  bool start_array(std::size_t) override {
    switch (place_) {
      case Place::kGroup:
        if (key_ == "__logs__") {
          group_->logs.clear();
          saw_logs_ = true;
          place_ = Place::kLogs;
          return true;
        }
        return Skip();
      case Place::kTags:
      case Place::kLog:
        return Fail(kNotString);
      case Place::kSkipped:
        return Skip();
      case Place::kStart:
      case Place::kLogs:
        break;
    }
    return FailShape();
  }

  bool end_array() override {
    if (place_ == Place::kSkipped) return Unskip();
    place_ = Place::kGroup;
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return Fail(kNotJson);
  }

 private:
  enum class Place { kStart, kGroup, kTags, kLogs, kLog, kSkipped };

  bool Fail(std::string why) {
    failure_ = std::move(why);
    return false;
  }

  // Fails because the current value has the wrong type for its position.
  bool FailShape() {
    if (place_ == Place::kStart) return Fail(kNotJson);
    if (place_ == Place::kLogs) return Fail("Log in __logs__ is not a JSON object.");
    if (key_ == "__logs__") return Fail("__logs__ is not a JSON array.");
    if (key_ == "__tags__") return Fail("__tags__ is not a JSON object.");
    return Fail(key_ + " is not string data type");
  }

  bool Scalar(bool is_number) {
    switch (place_) {
      case Place::kGroup:
        return IsKnownMember() ? FailShape() : true;
      case Place::kLog:
        return is_number && key_ == "__time__" ? true : Fail(kNotString);
      case Place::kTags:
        return Fail(kNotString);
      case Place::kSkipped:
        return true;
      case Place::kStart:
      case Place::kLogs:
        break;
    }
    return FailShape();
  }

  bool IsKnownMember() const {
    return key_ == "__topic__" || key_ == "__source__" || key_ == "__tags__" || key_ == "__logs__";
  }

  bool Skip() {
    if (place_ == Place::kGroup && IsKnownMember()) return FailShape();
    place_ = Place::kSkipped;
    ++skipped_depth_;
    return true;
  }

  bool Unskip() {
    if (--skipped_depth_ == 0) place_ = Place::kGroup;
    return true;
  }

  LogGroup* group_;
  Place place_ = Place::kStart;
  std::string key_;
  FieldWriter writer_;  // to the fields of the current object
  size_t skipped_depth_ = 0;
  bool saw_logs_ = false;
  std::string failure_;
};

}  // namespace

std::optional<std::string> ParseLogGroup(std::string_view body, LogGroup* group) {
  // The library would treat NUL as the end of the text and ignore the rest.
  if (body.find('\0') != body.npos) return kNotJson;
  GroupReader reader(group);
  const bool complete = nlohmann::json::sax_parse(body.begin(), body.end(), &reader);
  return reader.Verdict(complete);
}

}  // namespace collector
