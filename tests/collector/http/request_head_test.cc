#include "http/request_head.h"

#include <gtest/gtest.h>

namespace collector {
namespace {

std::string Rewritten(const std::string& head) {
  const auto parsed = ParseRequestHead(head);
  return parsed ? parsed->rewritten : "refused";
}

TEST(RequestHead, ReplacesTheTarget) {
  const auto head = ParseRequestHead("GET /a?b?c HTTP/1.1\r\nHost: x\r\n\r\n");
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->target, "/a?b?c");
  EXPECT_EQ(head->rewritten, "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
  EXPECT_FALSE(head->unread_body);
}

TEST(RequestHead, ProtectsHeaderValuesFromDecoding) {
  EXPECT_EQ(Rewritten("GET / HTTP/1.1\r\nReferer:http://x/%41%0d%0aB \r\n\r\n"),
            "GET / HTTP/1.1\r\nReferer: http://x/%2541%250d%250aB\r\nContent-Length: 0\r\n\r\n");
}

TEST(RequestHead, DropsHeadersThatChangeBodiesOrResponses) {
  EXPECT_EQ(Rewritten("POST / HTTP/1.1\r\nRange: bytes=0-1\r\nACCEPT-ENCODING: br\r\n"
                      "Content-Encoding: gzip\r\nCookie: a\r\nContent-Type: Multipart/form-data\r\n"
                      "Content-Length: 5\r\n\r\n"),
            "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(Rewritten("POST / HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n"),
            "POST / HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n");
}

TEST(RequestHead, GivesEveryBodyALength) {
  EXPECT_EQ(Rewritten("POST / HTTP/1.1\r\n\r\n"), "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(Rewritten("POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n"),
            "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n");
  EXPECT_EQ(Rewritten("POST / HTTP/1.1\r\nContent-Length: 5\r\ncontent-length: 5\r\n\r\n"),
            "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n");
}

TEST(RequestHead, RefusesBodiesOfAmbiguousLength) {
  for (const char* headers :
       {"Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Content-Length: -1\r\n",
        "Content-Length: 0x5\r\n", "Content-Length: 5, 5\r\n", "Content-Length:\r\n",
        "Content-Length: 9999999999999999999\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"}) {
    EXPECT_EQ(Rewritten(std::string("POST / HTTP/1.1\r\n") + headers + "\r\n"), "refused")
        << headers;
  }
}

TEST(RequestHead, RefusesInvalidRequests) {
  for (const char* head : {"", "\r\n\r\n", "GET\r\n\r\n", "GET /\r\n\r\n", "GET  HTTP/1.1\r\n\r\n",
                           "GET /a b HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
                           "GET / HTTP/1.1\r\n: x\r\n\r\n"}) {
    EXPECT_EQ(Rewritten(head), "refused") << head;
  }
}

TEST(RequestHead, ReportsBodiesThatAreNotRead) {
  EXPECT_TRUE(ParseRequestHead("GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\n")->unread_body);
  EXPECT_TRUE(
      ParseRequestHead("DELETE / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")->unread_body);
  EXPECT_FALSE(ParseRequestHead("GET / HTTP/1.1\r\nContent-Length: 00\r\n\r\n")->unread_body);
  EXPECT_FALSE(ParseRequestHead("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n")->unread_body);
}

}  // namespace
}  // namespace collector
