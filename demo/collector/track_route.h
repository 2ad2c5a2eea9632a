// Which project, logstore and form of the track endpoint a request addresses.
#ifndef COLLECTOR_TRACK_ROUTE_H_
#define COLLECTOR_TRACK_ROUTE_H_

#include <optional>
#include <string>
#include <string_view>

namespace collector {

enum class TrackForm { kTrack, kGif, kUserAgentGif };

struct TrackRoute {
  std::string logstore;  // as addressed; need not exist
  TrackForm form = TrackForm::kTrack;
};

// Reads `/logstores/{logstore}/track`, `…/track.gif` and `…/track_ua.gif`; nullopt for other paths.
std::optional<TrackRoute> ParseTrackRoute(std::string_view path);

// The name in a Host header, without port, in lower case.
std::string HostName(std::string_view host);

// Whether a host name is an IP address, IPv6 in brackets.
bool IsAddress(std::string_view name);

// The project that a Host header names: the first of two or more labels. nullopt when the header
// leaves it open, as addresses and single labels do.
std::optional<std::string> ProjectOfHost(std::string_view host);

}  // namespace collector

#endif  // COLLECTOR_TRACK_ROUTE_H_
