#include "http/request_target.h"

#include <gtest/gtest.h>

namespace collector {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST(RequestTarget, SplitsPathAndQuery) {
  const RequestTarget target = ParseRequestTarget("/a%20b/c+d?x=1&y=a+b%2Bc&x=2&flag&=e");
  EXPECT_EQ(target.path, "/a b/c+d");
  EXPECT_EQ(target.query, "x=1&y=a+b%2Bc&x=2&flag&=e");
  EXPECT_EQ(target.parameters,
            (Pairs{{"x", "1"}, {"y", "a b+c"}, {"x", "2"}, {"flag", ""}, {"", "e"}}));
  EXPECT_EQ(target.bytes, 36u);
  EXPECT_EQ(target.Parameter("x"), "2");
  EXPECT_EQ(target.Parameter("flag"), "");
  EXPECT_FALSE(target.Parameter("z").has_value());
}

TEST(RequestTarget, KeepsQuestionMarksAndEqualSigns) {
  EXPECT_EQ(ParseRequestTarget("/t?url=/a?b=c&&d==&").parameters,
            (Pairs{{"url", "/a?b=c"}, {"d", "="}}));
}

TEST(RequestTarget, KeepsInvalidEscapes) {
  EXPECT_EQ(ParseRequestTarget("/t?a=%&b=%4&c=%zz&d=100%25%").parameters,
            (Pairs{{"a", "%"}, {"b", "%4"}, {"c", "%zz"}, {"d", "100%%"}}));
}

TEST(RequestTarget, DecodesAnyByte) {
  const RequestTarget target = ParseRequestTarget("/%00%ff%0a?k%00=%FF");
  EXPECT_EQ(target.path, std::string("/\0\xFF\n", 4));
  EXPECT_EQ(target.parameters, (Pairs{{std::string("k\0", 2), "\xFF"}}));
}

TEST(RequestTarget, AcceptsOtherForms) {
  EXPECT_EQ(ParseRequestTarget("http://host:80/p?q=1").path, "/p");
  EXPECT_EQ(ParseRequestTarget("http://host").path, "/");
  EXPECT_EQ(ParseRequestTarget("/p?u=http://x/").path, "/p");
  EXPECT_EQ(ParseRequestTarget("/p#f?x").path, "/p");
  EXPECT_EQ(ParseRequestTarget("*").path, "*");
  EXPECT_EQ(ParseRequestTarget("").path, "");
  EXPECT_TRUE(ParseRequestTarget("/p?").parameters.empty());
}

}  // namespace
}  // namespace collector
