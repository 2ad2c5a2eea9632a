// Finds the project, the logstore and the form of the track endpoint that a request addresses.
#ifndef COLLECTOR_TRACK_TRACK_ROUTE_H_
#define COLLECTOR_TRACK_TRACK_ROUTE_H_

#include <optional>
#include <string>
#include <string_view>

namespace collector {

enum class TrackForm { kTrack, kGif, kUserAgentGif };

struct TrackRoute {
  std::string logstore;  // from the path; need not exist
  TrackForm form = TrackForm::kTrack;
};

// Parses `/logstores/{logstore}/track`, `…/track.gif` and `…/track_ua.gif`. Returns nullopt for
// other paths.
std::optional<TrackRoute> ParseTrackRoute(std::string_view path);

// Returns the project that a Host header names: the first label of a name with two or more labels.
// Returns nullopt for addresses and single labels, which name no project.
std::optional<std::string> ProjectOfHost(std::string_view host);

}  // namespace collector

#endif  // COLLECTOR_TRACK_TRACK_ROUTE_H_
