#include "http/request_target.h"

namespace collector {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string Decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 &&
        HexDigit(text[i + 2]) >= 0) {
      decoded += static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2]));
      i += 2;
    } else {
      decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

}  // namespace

std::optional<std::string> RequestTarget::Parameter(std::string_view name) const {
  for (auto pair = parameters.rbegin(); pair != parameters.rend(); ++pair) {
    if (pair->first == name) return pair->second;
  }
  return std::nullopt;
}

RequestTarget ParseRequestTarget(std::string_view target) {
  if (const size_t scheme = target.find("://"); scheme != target.npos && target.front() != '/') {
    const size_t slash = target.find('/', scheme + 3);
    target = slash == target.npos ? "/" : target.substr(slash);
  }
  target = target.substr(0, target.find('#'));

  RequestTarget parsed;
  parsed.bytes = target.size();
  const size_t mark = target.find('?');
  parsed.path = Decode(target.substr(0, mark), false);
  if (mark == target.npos) return parsed;

  std::string_view rest = target.substr(mark + 1);
  parsed.query = rest;
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(pair.size() < rest.size() ? pair.size() + 1 : rest.size());
    if (pair.empty()) continue;
    const size_t equals = pair.find('=');
    parsed.parameters.emplace_back(
        Decode(pair.substr(0, equals), true),
        equals == pair.npos ? std::string() : Decode(pair.substr(equals + 1), true));
  }
  return parsed;
}

}  // namespace collector
