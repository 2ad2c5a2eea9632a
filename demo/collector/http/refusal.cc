#include "http/refusal.h"

#include <algorithm>

namespace collector {
namespace {

const char* ReasonOf(int status) {
  switch (status) {
    case 408:
      return "Request Timeout";
    case 414:
      return "URI Too Long";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Bad Request";
  }
}

}  // namespace

std::string RefusalText(int status) {
  const std::string reason = ReasonOf(status);
  std::string error = reason;
  std::transform(error.begin(), error.end(), error.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  const std::string body = R"({"error":")" + error + R"("})";
  return "HTTP/1.1 " + std::to_string(status) + ' ' + reason +
         "\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace collector
