// One client's socket as cpp-httplib's stream: keeps bytes that came early for the next request,
// bounds every wait, notices the server's end.
#ifndef COLLECTOR_CONNECTION_H_
#define COLLECTOR_CONNECTION_H_

#include <httplib.h>

#include <chrono>
#include <optional>
#include <string>

namespace collector {

class Connection : public httplib::Stream {
 public:
  // Owns neither. `stop_event` is a descriptor that becomes readable, for good, when the server is
  // to end.
  Connection(int socket, int stop_event);

  // Waits for a request and returns its head, empty line included. nullopt when the client left or
  // stayed silent, or when the server ends and no byte of a request is there; an oversize head
  // comes back cut off. From here a request has a minute to arrive, and a few seconds once the
  // server ends.
  std::optional<std::string> ReadHead(std::chrono::seconds patience);

  // Lets `bytes` be read before what the client sends next.
  void Unread(std::string_view bytes);

  // Whether the answer to the request at hand said `Connection: close`.
  bool close_announced() const { return close_announced_; }

  // Ends the sending side and drops what the client still sends, for a moment: a socket closed with
  // unread bytes would reset the connection and take the last answer away from its reader.
  void Linger();

  // httplib::Stream. read() and write() return -1 on errors and when a wait was too long.
  bool is_readable() const override;
  bool is_writable() const override;
  ssize_t read(char* out, size_t size) override;
  ssize_t write(const char* bytes, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  int socket() const override { return socket_; }

 private:
  using Clock = std::chrono::steady_clock;

  // True when the socket has something to read, an end or an error included.
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

#endif  // COLLECTOR_CONNECTION_H_
