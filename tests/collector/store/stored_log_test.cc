#include "store/stored_log.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace collector {
namespace {

using namespace std::string_literals;

std::string Write(const LogGroup& group, const Fields& log, const std::string& client = "") {
  return StoredLogWriter(group, 1659953787, client).Write(log);
}

TEST(StoredLog, HasTheFormOfTheConsole) {
  LogGroup group;
  group.topic = "t";
  group.source = "s";
  group.tags = {{"tag1", "hello"}};
  EXPECT_EQ(Write(group, {{"key", "value"}}),
            R"({"__topic__":"t","__source__":"s","__tag__:tag1":"hello",)"
            R"("__time__":"1659953787","key":"value"})");
}

TEST(StoredLog, AlwaysHasTopicSourceAndTime) {
  EXPECT_EQ(Write({}, {}), R"({"__topic__":"","__source__":"","__time__":"1659953787"})");
}

TEST(StoredLog, AddsTheClientAddress) {
  LogGroup group;
  group.tags = {{"__client_ip__", "mine"}};
  EXPECT_EQ(Write(group, {}, "203.0.113.10"),
            R"({"__topic__":"","__source__":"","__tag__:__client_ip__":"203.0.113.10",)"
            R"("__tag__:__receive_time__":"1659953787","__tag__:__client_ip__0":"mine",)"
            R"("__time__":"1659953787"})");
}

TEST(StoredLog, RenamesKeysThatAreInUse) {
  LogGroup group;
  group.tags = {{"a", "tag"}};
  const auto json = nlohmann::json::parse(Write(group, {{"__topic__", "1"},
                                                        {"__source__", "2"},
                                                        {"__tag__:a", "3"},
                                                        {"__tag__:b", "4"},
                                                        {"__id__", "5"},
                                                        {"__batch__", "6"},
                                                        {"__time__", "7"}}));
  EXPECT_EQ(json["__topic__0"], "1");
  EXPECT_EQ(json["__source__0"], "2");
  EXPECT_EQ(json["__tag__:a0"], "3");
  EXPECT_EQ(json["__tag__:b"], "4");
  EXPECT_EQ(json["__id__0"], "5");
  EXPECT_EQ(json["__batch__0"], "6");
  EXPECT_EQ(json["__time__0"], "7");
  EXPECT_EQ(json["__topic__"], "");
  EXPECT_EQ(json["__tag__:a"], "tag");
}

TEST(StoredLog, RenamesAChainOfKeysWithoutLookingTwice) {
  LogGroup group;
  Fields log;
  std::string zeros;
  for (int n = 0; n < 2'000; ++n, zeros += '0') {
    group.tags.emplace_back("a" + zeros, "tag");
    log.emplace_back("__tag__:a" + zeros, std::to_string(n));
  }
  const auto json = nlohmann::json::parse(Write(group, log));
  EXPECT_EQ(json.size(), 3u + 4'000u);
  EXPECT_EQ(json["__tag__:a"], "tag");
  EXPECT_EQ(json["__tag__:a" + zeros], "0");
  EXPECT_EQ(json["__tag__:a" + zeros + "0"], "1");
}

TEST(StoredLog, ARenamedKeyReplacesNoOtherKey) {
  LogGroup group;
  group.tags = {{"a", "tag a"}, {"a0", "tag a0"}};
  const std::string text = Write(
      group, {{"__topic__", "1"}, {"__topic__0", "2"}, {"__tag__:a", "3"}, {"__tag__:a0", "4"}});
  const auto json = nlohmann::ordered_json::parse(text);
  EXPECT_EQ(json["__topic__0"], "2");
  EXPECT_EQ(json["__topic__00"], "1");
  EXPECT_EQ(json["__tag__:a0"], "tag a0");
  EXPECT_EQ(json["__tag__:a00"], "3");
  EXPECT_EQ(json["__tag__:a000"], "4");
  EXPECT_EQ(json.size(), 3u + 2u + 4u);
}

TEST(StoredLog, EscapesEverything) {
  const std::string value = "\0\x01\"\\\n\x7F\xF0\x9F\x98\x80"s;
  const std::string text = Write({}, {{value, value}});
  EXPECT_EQ(text.find('\0'), text.npos);
  EXPECT_EQ(text.find('\n'), text.npos);
  EXPECT_EQ(nlohmann::json::parse(text)[value], value);
}

TEST(StoredLog, ReplacesInvalidUtf8) {
  EXPECT_EQ(nlohmann::json::parse(Write({}, {{"a", "x\xFFy"}}))["a"], "x\xEF\xBF\xBDy");
}

TEST(StoredLog, RenamesManyKeysQuickly) {
  LogGroup group;
  Fields log;
  for (int i = 0; i < 20'000; ++i) {
    group.tags.emplace_back(std::to_string(i), "");
    log.emplace_back("__tag__:" + std::to_string(i), "");
  }
  EXPECT_EQ(nlohmann::json::parse(Write(group, log)).size(), 40'003u);
}

}  // namespace
}  // namespace collector
