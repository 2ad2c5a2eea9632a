#include "http/request_head.h"

#include <gtest/gtest.h>

namespace collector {
namespace {

constexpr char kHost[] = "Host: x\r\n";

// A request of these lines, with a host.
std::string Request(const std::string& request_line, const std::string& headers = "") {
  return request_line + "\r\n" + kHost + headers + "\r\n";
}

// The rewritten headers after the host, or the status of the refusal.
std::string Rewritten(const std::string& head) {
  const RequestHead parsed = ParseRequestHead(head);
  if (parsed.refusal != 0) return std::to_string(parsed.refusal);
  const size_t host = parsed.rewritten.find(kHost);
  return host == std::string::npos ? parsed.rewritten
                                   : parsed.rewritten.substr(host + sizeof kHost - 1);
}

TEST(RequestHead, ReplacesTheTarget) {
  const RequestHead head = ParseRequestHead(Request("GET /a?b?c HTTP/1.1"));
  EXPECT_EQ(head.refusal, 0);
  EXPECT_EQ(head.target, "/a?b?c");
  EXPECT_EQ(head.rewritten, "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
}

TEST(RequestHead, ProtectsHeaderValuesFromDecoding) {
  EXPECT_EQ(Rewritten(Request("GET / HTTP/1.1", "Referer:http://x/%41%0d%0aB \r\n")),
            "Referer: http://x/%2541%250d%250aB\r\nContent-Length: 0\r\n\r\n");
}

TEST(RequestHead, DropsHeadersThatChangeBodiesOrResponses) {
  EXPECT_EQ(Rewritten(Request("POST / HTTP/1.1",
                              "Range: bytes=0-1\r\nACCEPT-ENCODING: br\r\n"
                              "Content-Encoding: gzip\r\nCookie: a\r\nExpect: x\r\n"
                              "Content-Type: Multipart/form-data\r\nContent-Length: 5\r\n")),
            "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(
      Rewritten(Request("POST / HTTP/1.1", "Content-Type: text/plain\r\nContent-Length: 5\r\n")),
      "Content-Type: text/plain\r\nContent-Length: 0\r\n\r\n");
}

TEST(RequestHead, SaysHowTheBodyEnds) {
  const auto parse = [](const char* headers) {
    return ParseRequestHead(Request("POST / HTTP/1.1", headers));
  };
  EXPECT_EQ(parse("").length, 0u);
  EXPECT_EQ(parse("Content-Length: 5\r\ncontent-length: 5\r\n").length, 5u);
  EXPECT_EQ(parse("Content-Length: 005\r\n").length, 5u);
  EXPECT_FALSE(parse("Content-Length: 5\r\n").chunked);
  EXPECT_TRUE(parse("Transfer-Encoding: Chunked\r\n").chunked);
  EXPECT_TRUE(parse("Content-Length: 5\r\nExpect: 100-Continue\r\n").expects_continue);
  EXPECT_FALSE(parse("Content-Length: 0\r\nExpect: 100-continue\r\n").expects_continue);
}

TEST(RequestHead, RefusesBodiesOfAmbiguousLength) {
  for (const char* headers :
       {"Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Content-Length: -1\r\n",
        "Content-Length: 0x5\r\n", "Content-Length: 5, 5\r\n", "Content-Length:\r\n",
        "Content-Length: 9999999999999999999\r\n", "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        // A reader that skips these lines would see the body as the next request.
        "Content-Length : 24\r\n", "Content-Length\t: 24\r\n", " Content-Length: 24\r\n",
        "X: a\r\n folded: b\r\n", "X: a\rContent-Length: 24\r\n", "X: a\nContent-Length: 24\r\n"}) {
    EXPECT_EQ(Rewritten(Request("POST / HTTP/1.1", headers)), "400") << headers;
  }
  EXPECT_EQ(Rewritten(Request("POST / HTTP/1.0", "Transfer-Encoding: chunked\r\n")), "400");
}

TEST(RequestHead, RefusesInvalidLines) {
  for (const char* line : {"GET", "GET /", "GET  HTTP/1.1", "GET /a b HTTP/1.1", "GET / FTP/1.1",
                           "G@T / HTTP/1.1", " GET / HTTP/1.1", "GET /\t HTTP/1.1",
                           "GET /\x01 HTTP/1.1", "GET / HTTP/1.1 ", "GET / XTTP/1.1\rX"}) {
    EXPECT_EQ(Rewritten(Request(line)), "400") << line;
  }
  for (const char* header :
       {"no colon", ": x", "N\x01: x", "A@: x", "N\xc3\xa4me: x", "N: \x01x", "N: \x7fx"}) {
    EXPECT_EQ(Rewritten(Request("GET / HTTP/1.1", std::string(header) + "\r\n")), "400") << header;
  }
  EXPECT_EQ(Rewritten(Request("GET / HTTP/1.1", std::string("N: a\0b\r\n", 8))), "400");
}

TEST(RequestHead, LetsBytesAboveAsciiThrough) {
  EXPECT_EQ(Rewritten(Request("GET /\xc3\xa4 HTTP/1.1", "N: \xc3\xa4\r\n")),
            "N: \xc3\xa4\r\nContent-Length: 0\r\n\r\n");
}

TEST(RequestHead, NeedsOneHost) {
  EXPECT_EQ(Rewritten("GET / HTTP/1.1\r\n\r\n"), "400");
  EXPECT_EQ(Rewritten(Request("GET / HTTP/1.1", kHost)), "400");
  EXPECT_EQ(Rewritten("GET / HTTP/1.0\r\n\r\n"), "GET / HTTP/1.0\r\nContent-Length: 0\r\n\r\n");
}

TEST(RequestHead, AHostInTheTargetMustBeTheHost) {
  EXPECT_EQ(Rewritten(Request("GET http://x/a HTTP/1.1")), "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(Rewritten(Request("GET HTTP://X?a HTTP/1.1")), "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(Rewritten(Request("GET http://other/a HTTP/1.1")), "400");
  EXPECT_EQ(Rewritten(Request("GET http://x:81/a HTTP/1.1")), "400");
  EXPECT_EQ(Rewritten(Request("GET /a?http://other/ HTTP/1.1")), "Content-Length: 0\r\n\r\n");
}

TEST(RequestHead, UnderstandsAnyFormOfConnectionClose) {
  for (const char* value : {"close", "Close", "close, TE", "TE ,CLOSE"}) {
    EXPECT_EQ(Rewritten(Request("GET / HTTP/1.1", std::string("Connection: ") + value + "\r\n")),
              "Connection: close\r\nContent-Length: 0\r\n\r\n");
  }
  EXPECT_EQ(Rewritten(Request("GET / HTTP/1.1", "Connection: TE\r\nA: b\r\nConnection: close\r\n")),
            "A: b\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(Rewritten(Request("GET / HTTP/1.1", "Connection: keep-alive, enclose\r\n")),
            "Connection: keep-alive, enclose\r\nContent-Length: 0\r\n\r\n");
}

TEST(RequestHead, OnlyHttp11WaitsForAContinue) {
  const std::string headers = "Expect: 100-continue\r\nContent-Length: 5\r\n";
  EXPECT_TRUE(ParseRequestHead(Request("POST / HTTP/1.1", headers)).expects_continue);
  EXPECT_FALSE(ParseRequestHead(Request("POST / HTTP/1.0", headers)).expects_continue);
}

TEST(RequestHead, RefusesOtherVersions) {
  for (const char* version : {"HTTP/2.0", "HTTP/1.2", "HTTP/0.9", "HTTP/1"}) {
    EXPECT_EQ(Rewritten(Request(std::string("GET / ") + version)), "505") << version;
  }
}

TEST(RequestHead, RefusesWhatIsTooLong) {
  const std::string long_target(kMaxTargetBytes, 'a');
  EXPECT_EQ(Rewritten(Request("GET /" + long_target + " HTTP/1.1")), "414");
  EXPECT_EQ(Rewritten("GET /" + std::string(kMaxHeadBytes, 'a')), "414");
  EXPECT_EQ(Rewritten("GET / HTTP/1.1\r\nX: " + std::string(kMaxHeadBytes, 'a')), "431");
  const std::string fits(kMaxTargetBytes - 1, 'a');
  EXPECT_EQ(Rewritten(Request("GET /" + fits + " HTTP/1.1")), "Content-Length: 0\r\n\r\n");
}

}  // namespace
}  // namespace collector
