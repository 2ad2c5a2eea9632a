#include "http/host_name.h"

#include <algorithm>

namespace collector {

std::string HostName(std::string_view host) {
  std::string name(host.substr(0, 1) == "[" ? host.substr(0, host.find(']') + 1)
                                            : host.substr(0, host.find(':')));
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return name;
}

bool IsAddress(std::string_view name) {
  if (name.substr(0, 1) == "[") return true;
  return name.find_first_not_of("0123456789.") == name.npos;
}

bool IsLoopback(std::string_view host) {
  return host == "localhost" || host == "::1" || host.substr(0, 4) == "127.";
}

}  // namespace collector
