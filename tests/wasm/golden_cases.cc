#include "golden_cases.h"

#include <fstream>
#include <nlohmann/json.hpp>

namespace webtrack {
namespace {

using Json = nlohmann::ordered_json;

bool IsRepeated(const Json& value) {
  return value.is_object() && value.contains("repeat") && value.contains("times");
}

std::string Text(const Json& value) {
  if (!IsRepeated(value)) return value.get<std::string>();
  const auto part = value["repeat"].get<std::string>();
  std::string text;
  for (int i = value["times"]; i > 0; --i) text += part;
  return text;
}

Fields FieldsOf(const Json& object) {
  Fields fields;
  for (const auto& [key, value] : object.items()) fields.emplace_back(key, Text(value));
  return fields;
}

}  // namespace

std::vector<GoldenCase> ReadGoldenCases() {
  std::vector<GoldenCase> cases;
  for (const Json& json : Json::parse(std::ifstream(GOLDEN_CASES))) {
    GoldenCase golden;
    golden.name = json["name"];
    golden.source = json.value("source", "");
    golden.topic = json.value("topic", "");
    if (json.contains("tags")) golden.tags = FieldsOf(json["tags"]);
    for (const Json& log : json["logs"]) {
      const bool repeated = IsRepeated(log);
      const Fields fields = FieldsOf(repeated ? log["repeat"] : log);
      golden.logs.insert(golden.logs.end(), repeated ? log["times"].get<size_t>() : 1, fields);
    }
    if (json["body"].is_string()) {
      golden.body = json["body"];
    } else {
      for (const Json& part : json["body"]) golden.body += Text(part);
    }
    cases.push_back(golden);
  }
  return cases;
}

}  // namespace webtrack
