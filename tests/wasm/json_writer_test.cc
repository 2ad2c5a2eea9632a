#include "json_writer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace webtrack {
namespace {

std::string Write(const std::string& text, Text notation) {
  ByteBuffer out(1 << 20);
  // A heap copy of exactly this size lets the sanitizer detect a read past the end.
  const std::vector<char> input(text.begin(), text.end());
  const char* begin = input.data();
  const char* end = begin + input.size();
  const char* stopped = AppendJsonString(out, ':', begin, end, notation);
  EXPECT_EQ(stopped, notation == Text::kSized ? end : end - 1);
  return std::string(out.data(), out.size());
}

// The writer checks several bytes in one step, so test each special byte at each position in texts
// of many lengths.
TEST(JsonWriter, ReadsBackAtEveryLengthAndOffset) {
  for (size_t length = 1; length <= 34; ++length) {
    for (size_t offset = 0; offset < length; ++offset) {
      for (const char special : {'\x01', '\x1f', ' ', '!', '"', '#', '[', '\\', ']', '\x7f'}) {
        std::string text(length, 'a');
        text[offset] = special;
        const std::string json = Write(text + '\0', Text::kTerminated);
        ASSERT_EQ(json.front(), ':');
        ASSERT_EQ(nlohmann::json::parse(json.substr(1)), text) << json;
        ASSERT_EQ(Write(text, Text::kSized), json);
      }
    }
  }
}

TEST(JsonWriter, EscapesOnlyWhatJsonRequires) {
  EXPECT_EQ(Write("a/b\x7fé\u2028😀'", Text::kSized), ":\"a/b\x7fé\u2028😀'\"");
  EXPECT_EQ(Write("\"\\\b\f\n\r\t", Text::kSized), ":\"\\\"\\\\\\u0008\\u000c\\n\\r\\t\"");
}

// The bytes of multi-byte UTF-8 characters have their top bit set. The writer must not take them
// for control characters.
TEST(JsonWriter, LeavesEveryByteFrom80Alone) {
  for (int first = 0xc2; first <= 0xdf; ++first) {
    std::string text;
    for (int second = 0x80; second <= 0xbf; ++second) {
      text += static_cast<char>(first);
      text += static_cast<char>(second);
    }
    ASSERT_EQ(Write(text, Text::kSized), ":\"" + text + "\"");
  }
}

TEST(JsonWriter, TerminatedStopsAtTheFirstNul) {
  ByteBuffer out(100);
  const std::string list("ab\0cd\0", 6);
  const char* at = AppendJsonString(out, '{', list.data(), list.data() + 6, Text::kTerminated);
  EXPECT_EQ(at, list.data() + 2);
  at = AppendJsonString(out, ':', at + 1, list.data() + 6, Text::kTerminated);
  EXPECT_EQ(at, list.data() + 5);
  EXPECT_EQ(std::string(out.data(), out.size()), "{\"ab\":\"cd\"");
}

TEST(JsonWriter, ReturnsNullWhenTheBufferCannotGrow) {
  ByteBuffer out(64);
  const std::string text(100, '"');
  EXPECT_EQ(AppendJsonString(out, ':', text.data(), text.data() + text.size(), Text::kSized),
            nullptr);
  EXPECT_LE(out.size(), 64u);
}

}  // namespace
}  // namespace webtrack
