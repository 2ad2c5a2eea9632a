#include "track/track_route.h"

#include <algorithm>

namespace collector {

std::optional<TrackRoute> ParseTrackRoute(std::string_view path) {
  constexpr std::string_view kPrefix = "/logstores/";
  if (path.substr(0, kPrefix.size()) != kPrefix) return std::nullopt;
  path.remove_prefix(kPrefix.size());
  const size_t slash = path.find('/');
  if (slash == 0 || slash == path.npos) return std::nullopt;

  TrackRoute route;
  route.logstore = path.substr(0, slash);
  const std::string_view form = path.substr(slash + 1);
  if (form == "track") {
    route.form = TrackForm::kTrack;
  } else if (form == "track.gif") {
    route.form = TrackForm::kGif;
  } else if (form == "track_ua.gif") {
    route.form = TrackForm::kUserAgentGif;
  } else {
    return std::nullopt;
  }
  return route;
}

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

std::optional<std::string> ProjectOfHost(std::string_view host) {
  const std::string name = HostName(host);
  const size_t dot = name.find('.');
  if (IsAddress(name) || dot == name.npos || dot + 1 == name.size()) return std::nullopt;
  return name.substr(0, dot);
}

}  // namespace collector
