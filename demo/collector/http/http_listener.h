// An HTTP server based on cpp-httplib. It passes every request to one handler, with its body, and
// finishes current requests when it stops.
#ifndef COLLECTOR_HTTP_HTTP_LISTENER_H_
#define COLLECTOR_HTTP_HTTP_LISTENER_H_

#include <httplib.h>

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "http/connection.h"
#include "http/poller.h"
#include "http/request_body.h"
#include "http/request_target.h"

namespace collector {

// A request for the handler. It is valid only during the call.
struct HttpRequest {
  const std::string& method;
  const std::string& version;  // `HTTP/1.0` or `HTTP/1.1`
  const RequestTarget target;
  const httplib::Headers& headers;
  const std::string& client_address;
  RequestBody& body;

  // Returns the first header with this name; upper and lower case are equal.
  std::optional<std::string> Header(const std::string& name) const;
};

// Sets the status and the body of the response; the body may stay empty. Several threads call it at
// the same time. It must not throw.
using HttpHandler = std::function<void(HttpRequest&, httplib::Response&)>;

class HttpListener : private httplib::Server {
 public:
  explicit HttpListener(HttpHandler handler);
  ~HttpListener() override;

  // Starts to listen and returns the port; port 0 selects a free one. Throws std::runtime_error
  // with a message of one line.
  int Bind(const std::string& host, int port);

  // Answers requests until Stop(), then finishes current requests. Returns false when accepting
  // connections failed.
  bool Serve();

  // May be called from any thread. If it is called before Serve(), Serve() returns immediately.
  void Stop();

 private:
  bool process_and_close_socket(int socket) override;
  Poller::Answered ServeOne(int socket, IncomingRequest& incoming);
  void Answer(const httplib::Request& request, httplib::Response& response);

  HttpHandler handler_;
  int stopped_socket_ = -1;
  std::mutex mutex_;
  struct Exchange {
    IncomingRequest* incoming;
    Connection* connection;
  };
  // The key is cpp-httplib's own object for the request.
  std::map<const httplib::Request*, Exchange*> exchanges_;
  Poller poller_;  // last, because its workers use the rest
};

}  // namespace collector

#endif  // COLLECTOR_HTTP_HTTP_LISTENER_H_
