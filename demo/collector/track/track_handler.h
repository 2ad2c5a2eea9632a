// The track endpoint. Runs the checks in the order of the table in README.md, then stores the logs.
#ifndef COLLECTOR_TRACK_TRACK_HANDLER_H_
#define COLLECTOR_TRACK_TRACK_HANDLER_H_

#include <httplib.h>

#include <atomic>
#include <optional>
#include <string>

#include "api/live_stream.h"
#include "http/http_listener.h"
#include "http/turn.h"
#include "options.h"
#include "store/log_group.h"
#include "store/store.h"
#include "track/body_decoder.h"
#include "track/client_rate.h"
#include "track/faults.h"
#include "track/log_group_parser.h"
#include "track/track_error.h"
#include "track/track_route.h"
#include "track/write_quota.h"

namespace collector {

class TrackHandler {
 public:
  // `store`, `faults` and `live` must outlive the handler; the options are copied.
  TrackHandler(const Options& options, Store* store, Faults* faults, LiveStream* live);

  // Answers a request. Returns the error of the response for the request log, or an empty string.
  // Thread-safe.
  std::string Handle(const TrackRoute& route, HttpRequest& request, httplib::Response& response);

 private:
  using Refusal = std::optional<TrackError>;

  // Checks and stores a request, and fills `row`. Returns the error when a check fails.
  Refusal Accept(const TrackRoute& route, HttpRequest& request, BatchRow* row);
  Refusal CheckAddress(const TrackRoute& route, const HttpRequest& request) const;
  // Whether a page of the request's origin may send events. So may clients that are no page.
  bool IsAllowed(const HttpRequest& request) const;
  // Lets the page that has made the request read the answer.
  void AllowOrigin(const HttpRequest& request, httplib::Response* response) const;
  Refusal CheckApiVersion(const HttpRequest& request) const;
  // `turn` counts a large body while it is parsed and stored.
  Refusal ReadPost(HttpRequest& request, BatchRow* row, LogGroup* group, std::optional<Turn>* turn);
  Refusal ReadGet(const TrackRoute& route, const HttpRequest& request, BatchRow* row,
                  LogGroup* group) const;
  TrackError TooLarge(const std::string& bytes) const;
  TrackError FaultError(const Fault& fault, const HttpRequest& request) const;

  const Options options_;
  Store* const store_;
  Faults* const faults_;
  LiveStream* const live_;
  WriteQuota quota_;
  ClientRate rate_;
  std::atomic<int> large_bodies_{0};
};

}  // namespace collector

#endif  // COLLECTOR_TRACK_TRACK_HANDLER_H_
