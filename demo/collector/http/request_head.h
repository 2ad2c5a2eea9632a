// Rewrites the head of a request so that cpp-httplib passes the request on unchanged.
#ifndef COLLECTOR_HTTP_REQUEST_HEAD_H_
#define COLLECTOR_HTTP_REQUEST_HEAD_H_

#include <optional>
#include <string>
#include <string_view>

namespace collector {

struct RequestHead {
  std::string target;  // as sent

  // The head for cpp-httplib 0.11. Its target is `/`, because the library refuses long targets.
  // `%` in header values is escaped, because the library decodes it. Headers are removed that would
  // make the library unpack bodies, split multipart bodies, compress responses or cut them by
  // Range. `Content-Length: 0` is added when no length is given, because the library would
  // otherwise wait for a body.
  std::string rewritten;

  // The request has a body, but cpp-httplib reads no body for its method. The connection cannot be
  // used again.
  bool unread_body = false;
};

// Parses a head that ends in an empty line. Returns nullopt when it is not an HTTP/1 request or the
// length of its body is ambiguous.
std::optional<RequestHead> ParseRequestHead(std::string_view head);

}  // namespace collector

#endif  // COLLECTOR_HTTP_REQUEST_HEAD_H_
