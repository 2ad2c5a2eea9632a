// The head of a request, rewritten so that cpp-httplib passes on what the client sent.
#ifndef COLLECTOR_REQUEST_HEAD_H_
#define COLLECTOR_REQUEST_HEAD_H_

#include <optional>
#include <string>
#include <string_view>

namespace collector {

struct RequestHead {
  std::string target;  // as sent

  // The head for cpp-httplib 0.11, which on its own would refuse long targets, percent-decode
  // header values, unpack Content-Encoding, take multipart bodies apart, cut answers by Range,
  // compress them, and wait for a body that nobody announced: the target is `/`, those headers are
  // gone, and a body always has a length.
  std::string rewritten;

  // A method that cpp-httplib reads no body for came with one: the connection cannot be used again.
  bool unread_body = false;
};

// `head` ends in an empty line. nullopt when it is no HTTP/1 request or when two headers disagree
// about where its body ends.
std::optional<RequestHead> ParseRequestHead(std::string_view head);

}  // namespace collector

#endif  // COLLECTOR_REQUEST_HEAD_H_
