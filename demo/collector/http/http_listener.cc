#include "http/http_listener.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <utility>

namespace collector {
namespace {

constexpr std::chrono::seconds kIdleTimeout(15);
constexpr int kBacklog = 4096;

// Runs each task at once: the only tasks hand a new connection to the poller.
class InPlace : public httplib::TaskQueue {
 public:
  explicit InPlace(Poller* poller) : poller_(poller) {}
  void enqueue(std::function<void()> task) override { task(); }
  void shutdown() override { poller_->Stop(); }

 private:
  Poller* const poller_;
};

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
    : handler_(std::move(handler)), poller_([this](int socket, IncomingRequest& incoming) {
        return ServeOne(socket, incoming);
      }) {
  new_task_queue = [this] { return new InPlace(&poller_); };
  set_keep_alive_timeout(kIdleTimeout.count());
  set_tcp_nodelay(true);
  // By default the library sets SO_REUSEPORT, which lets two servers share a port without an error.
  set_socket_options([](int socket) {
    const int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });

  // Answer before routing. The path is always `/`, see RequestHead.
  set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
    Answer(request, response);
    return HandlerResponse::Handled;
  });

  // Requests that the library itself refuses do not reach the handler. Give their responses a body.
  set_error_handler(Handler([](const httplib::Request&, httplib::Response& response) {
    if (!response.body.empty()) return;
    response.set_content(R"({"error":"bad request"})", "application/json");
  }));
  set_post_routing_handler([](const httplib::Request&, httplib::Response& response) {
    response.set_header("Date", HttpDate());
    response.headers.erase("Keep-Alive");
  });
}

HttpListener::~HttpListener() {
  Stop();
  poller_.Stop();
  close(stopped_socket_);
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
}

bool HttpListener::process_and_close_socket(int socket) {
  poller_.Add(socket);
  return true;
}

Poller::Answered HttpListener::ServeOne(int socket, IncomingRequest& incoming) {
  const bool last = !incoming.is_whole() || svr_sock_ == INVALID_SOCKET;
  Connection connection(socket, incoming.head().rewritten);
  Exchange exchange = {&incoming, &connection};
  const httplib::Request* key = nullptr;
  bool closed = false;
  const bool served = process_request(connection, last, closed, [&](httplib::Request& request) {
    request.target = incoming.head().target;
    key = &request;
    const std::lock_guard<std::mutex> lock(mutex_);
    exchanges_[key] = &exchange;
  });
  const std::lock_guard<std::mutex> lock(mutex_);
  exchanges_.erase(key);
  const bool usable = served && !last && !closed && !connection.close_announced();
  return {usable, connection.TakeRest()};
}

void HttpListener::Answer(const httplib::Request& request, httplib::Response& response) {
  Exchange* exchange = nullptr;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    exchange = exchanges_.at(&request);
  }
  IncomingRequest* const incoming = exchange->incoming;
  RequestBody body(incoming->TakeBody(), incoming->announced_bytes(), incoming->body_bytes());
  HttpRequest passed_on = {request.method,  request.version,     ParseRequestTarget(request.target),
                           request.headers, request.remote_addr, body};
  handler_(passed_on, response);
  // A live stream has no end, so it keeps its worker.
  if (!response.content_provider_) exchange->connection->KeepRest();
}

}  // namespace collector
