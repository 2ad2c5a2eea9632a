// cpp-httplib's server with the manners that the collector needs: one handler for every request,
// bodies read within bounds, connections that stay in step, and an end that answers what is under
// way.
#ifndef COLLECTOR_HTTP_LISTENER_H_
#define COLLECTOR_HTTP_LISTENER_H_

#include <httplib.h>

#include <functional>
#include <optional>
#include <string>

#include "request_body.h"
#include "request_target.h"

namespace collector {

// A request as the handler sees it.
struct HttpRequest {
  const std::string& method;
  const RequestTarget target;
  const httplib::Headers& headers;
  const std::string& client_address;
  RequestBody& body;

  // The first header of that name, in any case.
  std::optional<std::string> Header(const std::string& name) const;
};

// Sets status and, unless it is empty, the body. Called from many threads at once. Throws nothing.
using HttpHandler = std::function<void(HttpRequest&, httplib::Response&)>;

class HttpListener : private httplib::Server {
 public:
  explicit HttpListener(HttpHandler handler);
  ~HttpListener() override;

  // Listens from now on; returns the port. Throws std::runtime_error with one line.
  int Bind(const std::string& host, int port);

  // Answers requests until Stop(), then those that are under way. False when accepting failed.
  bool Serve();

  // From any thread, also before Serve(), which then returns at once.
  void Stop();

 private:
  bool process_and_close_socket(int socket) override;
  void Answer(const httplib::Request& request, httplib::Response& response,
              const httplib::ContentReader* reader);

  HttpHandler handler_;
  int stop_event_;
  int stopped_socket_ = -1;
};

}  // namespace collector

#endif  // COLLECTOR_HTTP_LISTENER_H_
