#include "http/http_listener.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <stdexcept>

#include "http/connection.h"
#include "http/request_head.h"

namespace collector {
namespace {

// Each open connection occupies a thread, even while it is idle or streams.
constexpr size_t kThreads = 256;
constexpr size_t kMaxRequestsPerConnection = 10'000;
constexpr std::chrono::seconds kIdleTimeout(15);
constexpr int kBacklog = 1024;

std::string HttpDate() {
  const std::time_t now = std::time(nullptr);
  std::tm utc = {};
  gmtime_r(&now, &utc);
  char text[40];
  return std::string(text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc));
}

}  // namespace

std::optional<std::string> HttpRequest::Header(const std::string& name) const {
  const auto found = headers.find(name);
  if (found == headers.end()) return std::nullopt;
  return found->second;
}

HttpListener::HttpListener(HttpHandler handler)
    : handler_(std::move(handler)), stop_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (stop_event_ < 0) throw std::runtime_error("cannot make an event descriptor");

  new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  set_keep_alive_timeout(kIdleTimeout.count());
  set_keep_alive_max_count(kMaxRequestsPerConnection);
  set_tcp_nodelay(true);
  // By default the library sets SO_REUSEPORT, which lets two servers share a port without an error.
  set_socket_options([](int socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });

  // Answer requests without a body before routing. A body needs a content reader, which the library
  // passes only to routed handlers. The path of those is always `/`, see RequestHead.
  set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    if (request.method == "POST" || request.method == "PUT" || request.method == "PATCH") {
      return HandlerResponse::Unhandled;
    }
    Answer(request, response, nullptr);
    return HandlerResponse::Handled;
  });
  const HandlerWithContentReader with_body =
      [this](const httplib::Request& request, httplib::Response& response,
             const httplib::ContentReader& reader) { Answer(request, response, &reader); };
  Post("/", with_body);
  Put("/", with_body);
  Patch("/", with_body);

  // Requests that the library itself refuses do not reach the handler. Give their responses a body.
  set_error_handler(Handler([](const httplib::Request&, httplib::Response& response) {
    if (!response.body.empty()) return;
    response.set_content(R"({"error":"bad request"})", "application/json");
  }));
  set_post_routing_handler([](const httplib::Request&, httplib::Response& response) {
    response.set_header("Date", HttpDate());
    if (response.get_header_value("Connection") == "close") response.headers.erase("Keep-Alive");
  });
}

HttpListener::~HttpListener() {
  Stop();
  close(stopped_socket_);
  close(stop_event_);
}

int HttpListener::Bind(const std::string& host, int port) {
  errno = 0;
  const int bound = port == 0 ? bind_to_any_port(host) : bind_to_port(host, port) ? port : -1;
  if (bound < 0) {
    throw std::runtime_error("cannot listen on " + host + ":" + std::to_string(port) +
                             (errno != 0 ? std::string(": ") + std::strerror(errno) : ""));
  }
  // The library uses a backlog of 5. In a burst, further clients would have to repeat their SYN.
  ::listen(svr_sock_, kBacklog);
  return bound;
}

bool HttpListener::Serve() { return listen_after_bind(); }

void HttpListener::Stop() {
  // Do not use the library's stop(). It does nothing while Serve() is still starting, and it closes
  // a descriptor that accept() may still use.
  const int socket = svr_sock_.exchange(INVALID_SOCKET);
  if (socket == INVALID_SOCKET) return;
  stopped_socket_ = socket;
  shutdown(socket, SHUT_RDWR);
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(stop_event_, &one, sizeof one);
}

bool HttpListener::process_and_close_socket(int socket) {
  Connection connection(socket, stop_event_);
  bool served = false;
  for (size_t count = 1;; ++count) {
    const std::optional<std::string> head_text = connection.ReadHead(kIdleTimeout);
    if (!head_text) break;
    const std::optional<RequestHead> head = ParseRequestHead(*head_text);
    connection.Unread(head ? head->rewritten : "\r\n\r\n");
    const bool last = !head || head->unread_body || count == kMaxRequestsPerConnection ||
                      svr_sock_ == INVALID_SOCKET;
    bool closed = false;
    served = process_request(connection, last, closed,
                             [&](httplib::Request& request) { request.target = head->target; });
    if (!served || last || closed || connection.close_announced()) break;
  }
  connection.Linger();
  close(socket);
  return served;
}

void HttpListener::Answer(const httplib::Request& request, httplib::Response& response,
                          const httplib::ContentReader* reader) {
  RequestBody body(reader, request.get_header_value<uint64_t>("Content-Length"));
  HttpRequest incoming = {request.method, ParseRequestTarget(request.target), request.headers,
                          request.remote_addr, body};
  handler_(incoming, response);
  // A failed read makes the library change the status, so restore it.
  const int status = response.status;
  if (!body.Finish()) response.set_header("Connection", "close");
  response.status = status;
}

}  // namespace collector
