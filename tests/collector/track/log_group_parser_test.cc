#include "track/log_group_parser.h"

#include <gtest/gtest.h>

namespace collector {
namespace {

using namespace std::string_literals;

constexpr char kNotJson[] = "The request body is not valid JSON object.";
constexpr char kNotString[] = "Value in log is not string data type";

LogGroup Parse(const std::string& body) {
  LogGroup group;
  const auto problem = ParseLogGroup(body, &group);
  EXPECT_FALSE(problem.has_value()) << problem.value_or("") << " in " << body.substr(0, 200);
  return group;
}

std::string Problem(const std::string& body) {
  LogGroup group;
  return ParseLogGroup(body, &group).value_or("none");
}

std::string OneLog(const std::string& members) { return "{\"__logs__\":[{" + members + "}]}"; }

TEST(LogGroupParser, ReadsAllFourMembersInAnyOrder) {
  const LogGroup group = Parse(R"({"__logs__":[{"a":"1","b":"2"},{"c":"3"}],"__tags__":{"t":"u"},)"
                               R"("__source__":"s","__topic__":"top"})");
  EXPECT_EQ(group.topic, "top");
  EXPECT_EQ(group.source, "s");
  EXPECT_EQ(group.tags, (Fields{{"t", "u"}}));
  ASSERT_EQ(group.logs.size(), 2u);
  EXPECT_EQ(group.logs[0], (Fields{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(group.logs[1], (Fields{{"c", "3"}}));
}

TEST(LogGroupParser, NeedsOnlyLogs) {
  const LogGroup group = Parse(R"({"__logs__":[]})");
  EXPECT_EQ(group.topic, "");
  EXPECT_EQ(group.source, "");
  EXPECT_TRUE(group.tags.empty());
  EXPECT_TRUE(group.logs.empty());
  EXPECT_EQ(Parse(R"({"__logs__":[{}]})").logs.size(), 1u);
}

TEST(LogGroupParser, IgnoresOtherMembers) {
  const LogGroup group =
      Parse(R"({"a":1,"b":null,"c":[[{"__logs__":[1]}],{"d":{}}],"e":{"__topic__":1},"f":"g",)"
            R"("__logs__":[{"k":"v"}],"h":[]})");
  ASSERT_EQ(group.logs.size(), 1u);
  EXPECT_EQ(group.logs[0], (Fields{{"k", "v"}}));
  EXPECT_EQ(group.topic, "");
}

TEST(LogGroupParser, AcceptsEveryString) {
  const LogGroup group = Parse(
      OneLog("\"nul\":\"a\\u0000b\",\"emoji\":\"\xF0\x9F\x98\x80\",\"pair\":\"\\ud83d\\ude00\","
             "\"esc\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\",\"\":\"empty key\",\"ke\\u0000y\":\"\""));
  EXPECT_EQ(group.logs[0], (Fields{{"nul", "a\0b"s},
                                   {"emoji", "\xF0\x9F\x98\x80"},
                                   {"pair", "\xF0\x9F\x98\x80"},
                                   {"esc", "\"\\/\b\f\n\r\t"},
                                   {"", "empty key"},
                                   {"ke\0y"s, ""}}));
}

TEST(LogGroupParser, KeepsTheLastOfRepeatedKeys) {
  EXPECT_EQ(Parse(OneLog(R"("a":"1","b":"2","a":"3")")).logs[0], (Fields{{"a", "3"}, {"b", "2"}}));
  const LogGroup group =
      Parse(R"({"__topic__":"1","__tags__":{"a":"1","b":"2"},"__logs__":[{"x":"1"},{"x":"2"}],)"
            R"("__topic__":"2","__tags__":{"a":"2","a":"3"},"__logs__":[{"x":"3"}]})");
  EXPECT_EQ(group.topic, "2");
  EXPECT_EQ(group.tags, (Fields{{"a", "3"}}));
  ASSERT_EQ(group.logs.size(), 1u);
  EXPECT_EQ(group.logs[0], (Fields{{"x", "3"}}));
}

TEST(LogGroupParser, DropsTheTimeOfALog) {
  EXPECT_EQ(Parse(OneLog(R"("__time__":1660000000,"a":"b")")).logs[0], (Fields{{"a", "b"}}));
  EXPECT_EQ(Parse(OneLog(R"("a":"b","__time__":1.5e9)")).logs[0], (Fields{{"a", "b"}}));
  EXPECT_EQ(Parse(OneLog(R"("__time__":-1)")).logs[0], Fields());
  EXPECT_EQ(Parse(OneLog(R"("__time__":"1660000000","a":"b")")).logs[0], (Fields{{"a", "b"}}));
  for (const char* value : {"null", "true", "[]", "{}", "[1]"}) {
    EXPECT_EQ(Problem(OneLog("\"__time__\":"s + value)), kNotString) << value;
  }
}

TEST(LogGroupParser, RefusesValuesThatAreNotStrings) {
  for (const char* value : {"1", "-1", "1.5", "1e3", "18446744073709551616", "true", "false",
                            "null", "{}", "[]", "{\"a\":\"b\"}", "[\"a\"]"}) {
    EXPECT_EQ(Problem(OneLog("\"a\":"s + value)), kNotString) << value;
    EXPECT_EQ(Problem(OneLog("\"ok\":\"ok\"},{\"a\":"s + value)), kNotString) << value;
    EXPECT_EQ(Problem("{\"__tags__\":{\"t\":"s + value + "},\"__logs__\":[]}"), kNotString)
        << value;
    EXPECT_EQ(Problem("{\"__topic__\":"s + value + ",\"__logs__\":[]}"),
              "__topic__ is not string data type")
        << value;
    EXPECT_EQ(Problem("{\"__source__\":"s + value + ",\"__logs__\":[]}"),
              "__source__ is not string data type")
        << value;
  }
}

TEST(LogGroupParser, RefusesOtherShapes) {
  EXPECT_EQ(Problem("{}"), "The request body has no array __logs__.");
  EXPECT_EQ(Problem(R"({"__topic__":"t"})"), "The request body has no array __logs__.");
  for (const char* value : {"1", "null", "true", "\"a\"", "{}", "{\"a\":\"b\"}"}) {
    EXPECT_EQ(Problem("{\"__logs__\":"s + value + "}"), "__logs__ is not a JSON array.") << value;
  }
  for (const char* value : {"1", "null", "true", "\"a\"", "[]", "[{}]"}) {
    EXPECT_EQ(Problem("{\"__logs__\":["s + value + "]}"), "Log in __logs__ is not a JSON object.")
        << value;
    EXPECT_EQ(Problem("{\"__tags__\":"s + value + ",\"__logs__\":[]}"),
              "__tags__ is not a JSON object.")
        << value;
  }
}

TEST(LogGroupParser, RefusesEverythingExceptJsonObjects) {
  for (const std::string& body : {""s,
                                  " "s,
                                  "null"s,
                                  "1"s,
                                  "\"a\""s,
                                  "[]"s,
                                  "[{}]"s,
                                  "{"s,
                                  "{\"__logs__\":[}"s,
                                  "{\"__logs__\":[]}x"s,
                                  "{\"__logs__\":[]}{}"s,
                                  "{\"__logs__\":[],}"s,
                                  "{'__logs__':[]}"s,
                                  "{\"__logs__\":[]}\0"s,
                                  "{\"__logs__\":[]}\0x"s,
                                  "\0"s,
                                  "{\"__logs__\":[/**/]}"s,
                                  "{\"__logs__\":[]"s,
                                  "a=b"s,
                                  "{\"x\":1e999,\"__logs__\":[]}"s}) {
    EXPECT_EQ(Problem(body), kNotJson) << body;
  }
}

TEST(LogGroupParser, RefusesInvalidUtf8) {
  for (const char* bytes :
       {"\xFF", "\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\x80"}) {
    EXPECT_EQ(Problem(OneLog("\"a\":\""s + bytes + "\"")), kNotJson);
    EXPECT_EQ(Problem(OneLog("\""s + bytes + "\":\"a\"")), kNotJson);
  }
  EXPECT_EQ(Problem(OneLog("\"a\":\"b\nc\"")), kNotJson);
}

TEST(LogGroupParser, RefusesLoneSurrogates) {
  for (const char* escape :
       {"\\ud83d", "\\ude00", "\\ud83dx", "\\ud83d\\ud83d", "\\ude00\\ud83d"}) {
    EXPECT_EQ(Problem(OneLog("\"a\":\""s + escape + "\"")), kNotJson) << escape;
  }
}

TEST(LogGroupParser, HandlesDeepNesting) {
  constexpr size_t kDepth = 1'000'000;
  const std::string arrays(kDepth, '[');
  std::string objects;
  for (size_t i = 0; i < kDepth; ++i) objects += "{\"a\":";
  EXPECT_EQ(Problem(arrays), kNotJson);
  EXPECT_EQ(Problem(objects), kNotJson);
  EXPECT_EQ(Problem(OneLog("\"a\":" + arrays)), kNotString);
  EXPECT_EQ(Problem(OneLog("\"a\":" + objects)), kNotString);
  EXPECT_EQ(Problem("{\"other\":" + arrays), kNotJson);
  const LogGroup group =
      Parse("{\"other\":" + arrays + std::string(kDepth, ']') + ",\"__logs__\":[{\"a\":\"b\"}]}");
  EXPECT_EQ(group.logs.size(), 1u);
}

TEST(LogGroupParser, AcceptsAsManyLogsAsTheLimit) {
  std::string logs;
  for (size_t i = 0; i < kMaxLogs; ++i) logs += "{\"n\":\"" + std::to_string(i) + "\"},";
  logs.pop_back();
  EXPECT_EQ(Parse("{\"__logs__\":[" + logs + "]}").logs.size(), kMaxLogs);
  EXPECT_EQ(Problem("{\"__logs__\":[" + logs + ",{}]}"),
            "Logs must be less than or equal to 4096 entries.");
}

TEST(LogGroupParser, ReadsManyKeysQuickly) {
  std::string members;
  for (int i = 0; i < 200'000; ++i) members += "\"" + std::to_string(i) + "\":\"\",";
  members.pop_back();
  EXPECT_EQ(Parse(OneLog(members)).logs[0].size(), 200'000u);
}

}  // namespace
}  // namespace collector
