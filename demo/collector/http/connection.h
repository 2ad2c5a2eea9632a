// A client connection as a stream for cpp-httplib. It keeps bytes of the next request that arrive
// early, limits every wait, and notices when the server stops.
#ifndef COLLECTOR_HTTP_CONNECTION_H_
#define COLLECTOR_HTTP_CONNECTION_H_

#include <httplib.h>

#include <chrono>
#include <optional>
#include <string>

namespace collector {

class Connection : public httplib::Stream {
 public:
  // Owns neither descriptor. `stop_event` becomes readable, and stays so, when the server stops.
  Connection(int socket, int stop_event);

  // Waits for a request and returns its head, including the empty line. Truncates a head that is
  // too large. Returns nullopt when the client closed the connection or sent nothing for
  // `idle_timeout`, or when the server stops before a request has begun. A request that has begun
  // must arrive within a minute, or within a few seconds when the server stops.
  std::optional<std::string> ReadHead(std::chrono::seconds idle_timeout);

  // Replaces the head that ReadHead returned: the next read() returns `bytes` first.
  void Unread(std::string_view bytes);

  // Whether the response to the current request contained `Connection: close`.
  bool close_announced() const { return close_announced_; }

  // Shuts down sending, then reads and drops what the client sends for a short time. Closing a
  // socket with unread bytes resets the connection, and the client could lose the last response.
  void Linger();

  // Implements httplib::Stream. read() and write() return -1 on an error or a timeout.
  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* out, size_t size) override;
  ssize_t write(const char* bytes, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  int socket() const override { return socket_; }

 private:
  using Clock = std::chrono::steady_clock;

  // Waits until the socket is readable; end of stream and errors count as readable. Returns false
  // on a timeout. A stop of the server shortens the timeout.
  bool AwaitBytes(Clock::time_point until);
  ssize_t Receive(char* out, size_t size);

  const int socket_;
  const int stop_event_;
  std::string unread_;
  size_t unread_begin_ = 0;
  Clock::time_point request_deadline_;
  bool in_request_ = false;
  bool stopping_ = false;
  bool answering_ = false;
  bool close_announced_ = false;
};

}  // namespace collector

#endif  // COLLECTOR_HTTP_CONNECTION_H_
