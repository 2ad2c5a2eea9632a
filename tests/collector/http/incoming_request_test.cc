#include "http/incoming_request.h"

#include <gtest/gtest.h>

#include <string>

namespace collector {
namespace {

using State = IncomingRequest::State;

constexpr char kPost[] = "POST /a HTTP/1.1\r\nHost: x\r\n";
constexpr char kGet[] = "GET /b HTTP/1.1\r\nHost: x\r\n\r\n";

std::string Post(const std::string& headers, const std::string& body) {
  return kPost + headers + "\r\n" + body;
}

TEST(IncomingRequest, IsCompleteWithItsLastByte) {
  for (const std::string& bytes :
       {std::string(kGet), Post("Content-Length: 5\r\n", "hello"),
        Post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n")}) {
    IncomingRequest request;
    EXPECT_EQ(request.state(), State::kEmpty);
    for (const char& byte : bytes) {
      ASSERT_NE(request.state(), State::kComplete) << bytes;
      request.Add(std::string_view(&byte, 1));
    }
    EXPECT_EQ(request.state(), State::kComplete) << bytes;
    EXPECT_TRUE(request.is_whole());
    EXPECT_EQ(request.announced_bytes(), request.body_bytes());
    EXPECT_EQ(request.TakeBody(), bytes == kGet ? "" : "hello");
  }
}

TEST(IncomingRequest, KeepsTheNextRequest) {
  IncomingRequest request;
  request.Add(Post("Content-Length: 5\r\n", "hello\r\n") + kGet + "POST");
  ASSERT_EQ(request.state(), State::kComplete);
  EXPECT_EQ(request.head().target, "/a");
  EXPECT_EQ(request.TakeBody(), "hello");
  request.Next();
  ASSERT_EQ(request.state(), State::kComplete);
  EXPECT_EQ(request.head().target, "/b");
  EXPECT_EQ(request.TakeBody(), "");
  request.Next();
  EXPECT_EQ(request.state(), State::kHead);
}

TEST(IncomingRequest, RefusesAHeadThatIsTooLargeBeforeItsEnd) {
  IncomingRequest request;
  request.Add("GET / HTTP/1.1\r\nX: ");
  for (int n = 0; n < 100 && request.state() == State::kHead; ++n) {
    request.Add(std::string(1024, 'a'));
  }
  EXPECT_EQ(request.state(), State::kRefused);
  EXPECT_EQ(request.refusal(), 431);
  EXPECT_LE(request.kept_bytes(), 2048u);
}

TEST(IncomingRequest, SkipsEmptyLinesBeforeARequest) {
  for (const size_t piece : {1, 100}) {
    const std::string bytes = "\r\n\r\n" + Post("Content-Length: 1\r\n", "a");
    IncomingRequest request;
    for (size_t at = 0; at < bytes.size(); at += piece) request.Add(bytes.substr(at, piece));
    EXPECT_EQ(request.state(), State::kComplete) << piece;
  }
  for (const char* start : {"\r", "\n", "\n\n", "\r\r\n"}) {
    IncomingRequest request;
    request.Add(start + Post("Content-Length: 1\r\n", "a"));
    EXPECT_EQ(request.refusal(), 400) << start;
  }
}

TEST(IncomingRequest, RefusesMalformedChunks) {
  IncomingRequest request;
  request.Add(Post("Transfer-Encoding: chunked\r\n", "x\r\n"));
  EXPECT_EQ(request.state(), State::kRefused);
  EXPECT_EQ(request.refusal(), 400);
}

TEST(IncomingRequest, DropsWhatIsLargerThanAnyLimit) {
  constexpr size_t kBytes = 20 * 1024 * 1024;
  IncomingRequest request;
  request.Add(Post("Content-Length: " + std::to_string(kBytes) + "\r\n", ""));
  const std::string block(1024 * 1024, 'a');
  for (size_t sent = 0; sent < kBytes; sent += block.size()) request.Add(block);
  ASSERT_EQ(request.state(), State::kComplete);
  EXPECT_TRUE(request.is_whole());
  EXPECT_EQ(request.body_bytes(), kBytes);
  EXPECT_LT(request.kept_bytes(), 2 * block.size());
}

TEST(IncomingRequest, CountsItsHeadAndForgetsIt) {
  IncomingRequest request;
  request.Add(Post("A: " + std::string(60'000, '%') + "\r\nContent-Length: 5\r\n", ""));
  ASSERT_EQ(request.state(), State::kBody);
  EXPECT_GT(request.kept_bytes(), 180'000u);
  request.Add(std::string(5, 'a'));
  ASSERT_EQ(request.state(), State::kComplete);
  request.Next();
  EXPECT_LT(request.kept_bytes(), 1'000u);

  const std::string block(64 * 1024, 'a');
  request.Add(Post("Content-Length: " + std::to_string(4 * block.size()) + "\r\n", ""));
  for (int n = 0; n < 4; ++n) request.Add(block);
  ASSERT_EQ(request.state(), State::kComplete);
  request.Next();
  EXPECT_LT(request.kept_bytes(), 1'000u);
}

TEST(IncomingRequest, ReadsNoBodyThatIsMuchTooLarge) {
  IncomingRequest request;
  request.Add(Post("Content-Length: 999999999999\r\n", "a"));
  ASSERT_EQ(request.state(), State::kComplete);
  EXPECT_FALSE(request.is_whole());
  EXPECT_EQ(request.announced_bytes(), 999'999'999'999u);
}

TEST(IncomingRequest, OwesOneContinue) {
  IncomingRequest request;
  request.Add(Post("Content-Length: 5\r\nExpect: 100-continue\r\n", ""));
  EXPECT_TRUE(request.TakeContinue());
  EXPECT_FALSE(request.TakeContinue());
}

}  // namespace
}  // namespace collector
