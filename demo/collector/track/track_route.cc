#include "track/track_route.h"

#include "http/host_name.h"

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

std::optional<std::string> ProjectOfHost(std::string_view host) {
  const std::string name = HostName(host);
  const size_t dot = name.find('.');
  if (IsAddress(name) || dot == name.npos || dot + 1 == name.size()) return std::nullopt;
  return name.substr(0, dot);
}

}  // namespace collector
