// Checks the head of a request by RFC 9112, and rewrites it so that cpp-httplib passes the request
// on unchanged.
#ifndef COLLECTOR_HTTP_REQUEST_HEAD_H_
#define COLLECTOR_HTTP_REQUEST_HEAD_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace collector {

// A longer head is refused with 431, a longer target with 414.
inline constexpr size_t kMaxHeadBytes = 64 * 1024;
inline constexpr size_t kMaxTargetBytes = 32 * 1024;

struct RequestHead {
  // The status of the refusal, after which the connection is closed; 0: the head is valid. 400: it
  // is no request, or its end or the end of its body is ambiguous. 505: another version of HTTP.
  int refusal = 0;

  std::string target;  // as sent

  // The head for cpp-httplib 0.11, without a body. Its target is `/`, because the library refuses
  // long targets. `%` in header values is escaped, because the library decodes it. Headers are
  // removed that would make the library unpack bodies, split multipart bodies, compress responses
  // or cut them by Range.
  std::string rewritten;

  // Bytes of the body; 0 if it is sent in chunks, or if there is none.
  uint64_t length = 0;
  bool chunked = false;

  // The client waits for `100 Continue` before it sends the body.
  bool expects_continue = false;
};

// Whether the text may be a header's name: https://www.rfc-editor.org/rfc/rfc9110#name-tokens
bool IsToken(std::string_view text);

// Parses a head. One that does not end in an empty line is too large.
RequestHead ParseRequestHead(std::string_view head);

}  // namespace collector

#endif  // COLLECTOR_HTTP_REQUEST_HEAD_H_
