#include "http/request_head.h"

#include <strings.h>

#include <algorithm>

namespace collector {
namespace {

bool SameText(std::string_view left, std::string_view right) {
  return left.size() == right.size() && strncasecmp(left.data(), right.data(), left.size()) == 0;
}

std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool IsLength(std::string_view text) {
  return !text.empty() && text.size() <= 18 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool IsDropped(std::string_view name, std::string_view value) {
  if (SameText(name, "content-type")) return SameText(value.substr(0, 10), "multipart/");
  return SameText(name, "range") || SameText(name, "accept-encoding") ||
         SameText(name, "content-encoding") || SameText(name, "cookie");
}

std::string_view TakeLine(std::string_view* text) {
  const size_t end = text->find("\r\n");
  const std::string_view line = text->substr(0, end);
  text->remove_prefix(end == text->npos ? text->size() : end + 2);
  return line;
}

}  // namespace

std::optional<RequestHead> ParseRequestHead(std::string_view head) {
  const std::string_view request_line = TakeLine(&head);
  const size_t first = request_line.find(' ');
  const size_t last = request_line.rfind(' ');
  if (first == request_line.npos || last == first) return std::nullopt;
  const std::string_view method = request_line.substr(0, first);
  const std::string_view target = request_line.substr(first + 1, last - first - 1);
  if (target.empty() || target.find(' ') != target.npos) return std::nullopt;

  RequestHead parsed;
  parsed.target = target;
  parsed.rewritten.append(method).append(" /").append(request_line.substr(last)).append("\r\n");

  std::optional<std::string_view> length;
  bool chunked = false;
  while (!head.empty()) {
    const std::string_view line = TakeLine(&head);
    if (line.empty()) break;
    const size_t colon = line.find(':');
    if (colon == line.npos || colon == 0) return std::nullopt;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = Trimmed(line.substr(colon + 1));
    if (SameText(name, "content-length")) {
      if (!IsLength(value) || (length && *length != value)) return std::nullopt;
      if (length) continue;
      length = value;
    } else if (SameText(name, "transfer-encoding")) {
      if (chunked || !SameText(value, "chunked")) return std::nullopt;
      chunked = true;
    }
    if (IsDropped(name, value)) continue;
    parsed.rewritten.append(name).append(": ");
    for (const char c : value) {
      if (c == '%') {
        parsed.rewritten += "%25";
      } else {
        parsed.rewritten += c;
      }
    }
    parsed.rewritten += "\r\n";
  }
  if (chunked && length) return std::nullopt;
  if (!chunked && !length) parsed.rewritten += "Content-Length: 0\r\n";
  parsed.rewritten += "\r\n";

  const bool reads_body = method == "POST" || method == "PUT" || method == "PATCH";
  const bool has_body = chunked || (length && length->find_first_not_of('0') != length->npos);
  parsed.unread_body = has_body && !reads_body;
  return parsed;
}

}  // namespace collector
