#include "http/request_head.h"

#include <strings.h>

#include <algorithm>
#include <optional>

namespace collector {
namespace {

bool SameText(std::string_view left, std::string_view right) {
  if (left.size() != right.size()) return false;
  // The function takes no null pointer, which an empty view may have.
  return left.empty() || strncasecmp(left.data(), right.data(), left.size()) == 0;
}

std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Returns nullopt when the text is no length.
std::optional<uint64_t> ParseLength(std::string_view text) {
  if (text.empty() || text.size() > 18) return std::nullopt;
  uint64_t length = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    length = length * 10 + static_cast<uint64_t>(c - '0');
  }
  return length;
}

bool IsDropped(std::string_view name, std::string_view value) {
  if (SameText(name, "content-type")) return SameText(value.substr(0, 10), "multipart/");
  for (const char* dropped : {"range", "connection", "accept-encoding", "content-encoding",
                              "cookie", "expect", "content-length", "transfer-encoding"}) {
    if (SameText(name, dropped)) return true;
  }
  return false;
}

std::string_view TakeLine(std::string_view* text) {
  const size_t end = text->find("\r\n");
  const std::string_view line = text->substr(0, end);
  text->remove_prefix(end == text->npos ? text->size() : end + 2);
  return line;
}

// Neither a control character nor, in a target, a space. Bytes above ASCII are let through.
bool IsVisible(char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; }

bool IsValue(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return IsVisible(c) || c == ' ' || c == '\t'; });
}

RequestHead Refused(int status) {
  RequestHead head;
  head.refusal = status;
  return head;
}

void AppendEscaped(std::string_view value, std::string* text) {
  for (const char c : value) {
    if (c == '%') {
      *text += "%25";
    } else {
      *text += c;
    }
  }
}

// Whether a list such as `close, TE` has the token.
bool HasToken(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const size_t end = std::min(list.find(','), list.size());
    if (SameText(Trimmed(list.substr(0, end)), token)) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

// The host and port in a target such as `http://host:80/path`; nullopt if the target has none.
std::optional<std::string_view> AuthorityOf(std::string_view target) {
  const size_t scheme = target.find("://");
  if (scheme == target.npos || target.front() == '/') return std::nullopt;
  target.remove_prefix(scheme + 3);
  return target.substr(0, target.find_first_of("/?#"));
}

// What the headers say about the body, the host and the connection.
struct Framing {
  std::optional<uint64_t> length;
  bool chunked = false;
  bool expects_continue = false;
  std::string connection;  // of all its headers
  int hosts = 0;
  std::string_view host;
};

// Returns false if the header makes the request ambiguous.
bool ReadHeader(std::string_view name, std::string_view value, Framing* framing) {
  if (SameText(name, "host")) {
    ++framing->hosts;
    framing->host = value;
  } else if (SameText(name, "connection")) {
    framing->connection.append(framing->connection.empty() ? "" : ", ").append(value);
  } else if (SameText(name, "expect")) {
    framing->expects_continue = SameText(value, "100-continue");
  } else if (SameText(name, "content-length")) {
    const auto length = ParseLength(value);
    if (!length || (framing->length && framing->length != length)) return false;
    framing->length = length;
  } else if (SameText(name, "transfer-encoding")) {
    if (framing->chunked || !SameText(value, "chunked")) return false;
    framing->chunked = true;
  }
  return true;
}

}  // namespace

bool IsToken(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           kOthers.find(c) != kOthers.npos;
  });
}

RequestHead ParseRequestHead(std::string_view head) {
  const bool complete = head.size() >= 4 && head.substr(head.size() - 4) == "\r\n\r\n";
  const std::string_view request_line = TakeLine(&head);
  const size_t first = request_line.find(' ');
  const size_t last = request_line.rfind(' ');
  const bool has_target = first != request_line.npos && last > first + 1;
  const std::string_view target =
      has_target ? request_line.substr(first + 1, last - first - 1) : std::string_view();
  // Without an end of the line, the target itself is what is too long.
  if (target.size() > kMaxTargetBytes || (!complete && head.empty())) return Refused(414);
  if (!complete) return Refused(431);

  const std::string_view method = request_line.substr(0, first);
  const std::string_view version = request_line.substr(last + 1);
  if (!IsToken(method) || target.empty() || !std::all_of(target.begin(), target.end(), IsVisible)) {
    return Refused(400);
  }
  const bool is_old = version == "HTTP/1.0";
  if (!is_old && version != "HTTP/1.1") return Refused(version.substr(0, 5) == "HTTP/" ? 505 : 400);

  RequestHead parsed;
  parsed.target = target;
  parsed.rewritten.append(method).append(" / ").append(version).append("\r\n");
  Framing framing;
  while (!head.empty()) {
    const std::string_view line = TakeLine(&head);
    if (line.empty()) break;
    const size_t colon = std::min(line.find(':'), line.size());
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = Trimmed(line.substr(std::min(colon + 1, line.size())));
    if (colon == line.size() || !IsToken(name) || !IsValue(value) ||
        !ReadHeader(name, value, &framing)) {
      return Refused(400);
    }
    if (IsDropped(name, value)) continue;
    parsed.rewritten.append(name).append(": ");
    AppendEscaped(value, &parsed.rewritten);
    parsed.rewritten += "\r\n";
  }
  if (framing.hosts > 1 || (framing.hosts == 0 && !is_old)) return Refused(400);
  // https://www.rfc-editor.org/rfc/rfc9112#name-absolute-form takes the host from the target.
  const auto authority = AuthorityOf(target);
  if (authority && framing.hosts == 1 && !SameText(*authority, framing.host)) return Refused(400);
  if (framing.chunked && (framing.length || is_old)) return Refused(400);
  // The library understands `close` only when it stands alone.
  const bool closes = HasToken(framing.connection, "close");
  if (!framing.connection.empty()) {
    parsed.rewritten.append("Connection: ");
    AppendEscaped(closes ? "close" : framing.connection, &parsed.rewritten);
    parsed.rewritten += "\r\n";
  }
  // Without a length the library would wait for a body.
  parsed.rewritten += "Content-Length: 0\r\n\r\n";
  parsed.length = framing.length.value_or(0);
  parsed.chunked = framing.chunked;
  parsed.expects_continue =
      framing.expects_continue && !is_old && (parsed.chunked || parsed.length > 0);
  return parsed;
}

}  // namespace collector
