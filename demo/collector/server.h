// The collector as a whole. Creates its parts and passes each request to one of them.
#ifndef COLLECTOR_SERVER_H_
#define COLLECTOR_SERVER_H_

#include <optional>
#include <string>

#include "api/live_stream.h"
#include "api/query_api.h"
#include "http/http_listener.h"
#include "http/request_log.h"
#include "http/site.h"
#include "options.h"
#include "store/retention.h"
#include "store/store.h"
#include "track/faults.h"
#include "track/track_handler.h"

namespace collector {

class Server {
 public:
  // Opens the database and starts to listen. `log` must outlive the server. Throws
  // std::runtime_error with a message of one line.
  Server(const Options& options, RequestLog* log);

  // The address of the server, e.g. http://127.0.0.1:8787
  const std::string& url() const { return url_; }

  // Answers requests until Stop(), then finishes current requests. Returns false when accepting
  // connections failed.
  bool Serve();
  void Stop();

 private:
  void Handle(HttpRequest& request, httplib::Response& response);
  // Handles everything except the track endpoint: the static site and the API that its pages read.
  void HandleOwnOrigin(HttpRequest& request, httplib::Response& response);
  void HandleApi(HttpRequest& request, httplib::Response& response);
  bool IsTrustedHost(const std::string& host) const;
  void AnswerHealth(const HttpRequest& request, httplib::Response& response);

  const Options options_;
  RequestLog* const log_;
  Store store_;
  Retention retention_;
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
