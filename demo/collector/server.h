// The collector as a whole: its parts, and which of them a request goes to.
#ifndef COLLECTOR_SERVER_H_
#define COLLECTOR_SERVER_H_

#include <optional>
#include <string>

#include "faults.h"
#include "http_listener.h"
#include "live_stream.h"
#include "options.h"
#include "query_api.h"
#include "request_log.h"
#include "site.h"
#include "store.h"
#include "track_handler.h"

namespace collector {

class Server {
 public:
  // Opens the database and listens. Throws std::runtime_error with one line. `log` outlives it.
  Server(const Options& options, RequestLog* log);

  // Where it listens, e.g. http://127.0.0.1:8787
  const std::string& url() const { return url_; }

  // Answers requests until Stop() and those that are under way then. False when accepting failed.
  bool Serve();
  void Stop();

 private:
  void Handle(HttpRequest& request, httplib::Response& response);
  // Everything but the track endpoint: the site and what its pages read.
  void HandleOwnOrigin(HttpRequest& request, httplib::Response& response);
  void HandleApi(HttpRequest& request, httplib::Response& response);
  bool IsTrustedHost(const std::string& host) const;

  const Options options_;
  RequestLog* const log_;
  Store store_;
  Faults faults_;
  LiveStream live_;
  TrackHandler track_;
  QueryApi query_;
  std::optional<Site> site_;
  HttpListener listener_;
  std::string url_;
};

}  // namespace collector

#endif  // COLLECTOR_SERVER_H_
