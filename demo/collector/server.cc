#include "server.h"

#include <chrono>

#include "http/host_name.h"
#include "http/json_answer.h"
#include "track/track_route.h"

namespace collector {
namespace {

constexpr char kContentSecurityPolicy[] =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

std::string InUrl(const std::string& host) {
  return host.find(':') == host.npos ? host : '[' + host + ']';
}

}  // namespace

Server::Server(const Options& options, RequestLog* log)
    : options_(options),
      log_(log),
      store_(options.db),
      retention_(ParseRetention(options.retention).value_or(RetentionLimits()), &store_),
      live_(&store_),
      track_(options, &store_, &faults_, &live_),
      query_(&store_),
      listener_([this](HttpRequest& request, httplib::Response& response) {
        Handle(request, response);
      }) {
  if (!options.site.empty()) site_.emplace(options.site);
  const int port = listener_.Bind(options.host, options.port);
  url_ = "http://" + InUrl(options.host) + ':' + std::to_string(port);
}

bool Server::Serve() { return listener_.Serve(); }

void Server::Stop() {
  live_.Stop();
  listener_.Stop();
}

void Server::Handle(HttpRequest& request, httplib::Response& response) {
  const auto start = std::chrono::steady_clock::now();
  const std::string& path = request.target.path;
  std::string error;
  try {
    if (const auto route = ParseTrackRoute(path)) {
      error = track_.Handle(*route, request, response);
    } else {
      HandleOwnOrigin(request, response);
    }
  } catch (const std::exception& exception) {
    error = exception.what();
    AnswerError(&response, 500, error);
  }
  const auto duration = std::chrono::steady_clock::now() - start;
  log_->Write({request.method, path, response.status,
               std::chrono::duration_cast<std::chrono::microseconds>(duration),
               response.get_header_value("x-log-requestid"), error});
}

void Server::HandleOwnOrigin(HttpRequest& request, httplib::Response& response) {
  response.set_header("X-Content-Type-Options", "nosniff");
  response.set_header("Referrer-Policy", "same-origin");
  response.set_header("Content-Security-Policy", kContentSecurityPolicy);
  if (request.target.path.compare(0, 5, "/api/") == 0) {
    HandleApi(request, response);
  } else if (site_) {
    response.set_header("Cache-Control", "no-cache");
    site_->Handle(request, response);
  } else {
    AnswerError(&response, 404, "nothing is here");
  }
}

void Server::HandleApi(HttpRequest& request, httplib::Response& response) {
  response.set_header("Cache-Control", "no-store");
  response.set_header("Cross-Origin-Resource-Policy", "same-origin");
  if (!IsTrustedHost(request.Header("Host").value_or(""))) {
    return AnswerError(&response, 403, "the Host header does not name this machine");
  }
  // Another site can read nothing here, but each of its requests would take a place.
  const std::string from = request.Header("Sec-Fetch-Site").value_or("none");
  if (from != "none" && from != "same-origin") {
    return AnswerError(&response, 403, "requests from other sites are refused");
  }
  if (query_.Handle(request, response)) return;
  if (request.target.path == "/api/health") return AnswerHealth(request, response);
  if (request.target.path == "/api/live") return live_.Handle(request, response);
  if (request.target.path == "/api/faults" && options_.faults) {
    return faults_.Handle(request, response);
  }
  AnswerError(&response, 404, "nothing is here");
}

void Server::AnswerHealth(const HttpRequest& request, httplib::Response& response) {
  if (request.method != "GET" && request.method != "HEAD") {
    return AnswerMethodNotAllowed(&response, "GET, HEAD");
  }
  try {
    store_.Check();
    AnswerJson(&response, R"({"status":"ok"})");
  } catch (const DatabaseError& error) {
    AnswerError(&response, 503, error.what());
  }
}

// Prevents DNS rebinding: another site could let its own name resolve to this machine and then read
// the responses as its own origin. The Host header shows that name.
bool Server::IsTrustedHost(const std::string& host) const {
  if (!IsLoopback(options_.host)) return true;
  const std::string name = HostName(host);
  const std::string_view last = std::string_view(name).substr(name.rfind('.') + 1);
  return name.empty() || IsAddress(name) || last == "localhost";
}

}  // namespace collector
