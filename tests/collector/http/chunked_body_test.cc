#include "http/chunked_body.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace collector {
namespace {

// The content of this body, which arrives in pieces; "refused" when it is malformed, "more" when it
// is not complete. What follows it must not be taken.
std::string Content(const std::string& body, size_t piece = 3, size_t limit = 1000) {
  constexpr char kNext[] = "GET / HTTP/1.1";
  const std::string bytes = body + kNext;
  ChunkedBody chunks;
  std::string content;
  size_t at = 0;
  while (at < body.size() && !chunks.done() && !chunks.broken()) {
    at += chunks.Add(std::string_view(bytes).substr(at, std::min(piece, bytes.size() - at)), limit,
                     &content);
  }
  if (chunks.broken()) return "refused";
  if (!chunks.done()) return "more";
  EXPECT_EQ(at, body.size());
  EXPECT_GE(chunks.bytes(), content.size());
  return content;
}

TEST(ChunkedBody, ReadsChunksInAnyPieces) {
  const std::string body = "5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n";
  for (const size_t piece : {1, 2, 100}) EXPECT_EQ(Content(body, piece), "hello0123456789");
  EXPECT_EQ(Content("0\r\n\r\n"), "");
}

TEST(ChunkedBody, DropsExtensionsAndTrailers) {
  EXPECT_EQ(Content("2;name=value\r\nab\r\n2 ; x\r\ncd\r\n00000000000000;last\r\nExpires: "
                    "x\r\nEtag: y\r\n\r\n"),
            "abcd");
}

TEST(ChunkedBody, KeepsNoMoreThanTheLimit) {
  EXPECT_EQ(Content("5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n", 100, 7), "hellowo");
}

TEST(ChunkedBody, WaitsForTheRest) {
  for (const char* body : {"5", "5\r\n", "5\r\nhel", "5\r\nhello", "0\r\n", "0\r\nX: y\r\n"}) {
    ChunkedBody chunks;
    std::string content;
    EXPECT_EQ(chunks.Add(body, 1000, &content), std::string_view(body).size()) << body;
    EXPECT_FALSE(chunks.done() || chunks.broken()) << body;
  }
}

TEST(ChunkedBody, RefusesWhatIsMalformed) {
  for (const char* body :
       {"5\r\nhelloX\r\n0\r\n\r\n", "x\r\n\r\n", "\r\n\r\n", "-1\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n", "5 6\r\nhello\r\n0\r\n\r\n", "5\nhello\n0\n\n", "5\r\rhello",
        "12345678901234567\r\n", "5 \r\nhello\r\n0\r\n\r\n", "0\r\nX : y\r\n\r\n",
        "0\r\n X: y\r\n\r\n", "0\r\nno colon\r\n\r\n", "0\r\n: x\r\n\r\n", "0\r\nX: a\n\r\n"}) {
    EXPECT_EQ(Content(body), "refused") << body;
  }
  EXPECT_EQ(Content("1;" + std::string(5000, 'x') + "\r\na\r\n0\r\n\r\n"), "refused");
  std::string trailers = "0\r\n";
  for (int n = 0; n < 100; ++n) trailers += "X: y\r\n";
  EXPECT_EQ(Content(trailers + "\r\n"), "refused");
}

}  // namespace
}  // namespace collector
