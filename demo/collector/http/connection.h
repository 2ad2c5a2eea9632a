// The stream on which cpp-httplib answers one request: reads the head from memory, and writes to
// the socket. It waits for the client within a limit, or not at all.
#ifndef COLLECTOR_HTTP_CONNECTION_H_
#define COLLECTOR_HTTP_CONNECTION_H_

#include <httplib.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace collector {

// The address of the client at the other end of `socket`, as text; '' when it is unknown.
std::string ClientAddress(int socket);

// The network that counts as one client: the first 64 bits of an IPv6 address, an IPv4 address as
// it is.
std::string NetworkOf(const std::string& address);

class Connection : public httplib::Stream {
 public:
  // How long to wait for a client that does not read. Waiting uses this time up, and each 256 KiB
  // that the client reads give one second of it back.
  static constexpr std::chrono::milliseconds kPatience{10'000};
  // The time that so many bytes give back.
  static std::chrono::microseconds Regained(size_t bytes);

  // Does not own the descriptor. `head` must outlive this object.
  Connection(int socket, std::string_view head, std::chrono::milliseconds patience = kPatience)
      : socket_(socket), head_(head), patience_(patience), left_(patience) {}

  // From now on write() does not wait, but keeps what the client does not take at once.
  void KeepRest() { keeps_rest_ = true; }
  // Returns what was kept. May be called once.
  std::string TakeRest() { return std::move(rest_); }

  // Whether the response contained `Connection: close`.
  bool close_announced() const { return close_announced_; }

  // Implements httplib::Stream. read() and write() return -1 on an error or a timeout.
  bool is_readable() const override { return true; }
  bool is_writable() const override;
  ssize_t read(char* out, size_t size) override;
  ssize_t write(const char* bytes, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  int socket() const override { return socket_; }

 private:
  ssize_t WriteOrKeep(const char* bytes, size_t size);
  ssize_t Send(const char* bytes, size_t size) const;
  // Waits until the socket can take bytes or has failed. False when the patience is used up.
  bool AwaitRoom();

  const int socket_;
  std::string_view head_;
  bool answering_ = false;
  bool close_announced_ = false;
  bool keeps_rest_ = false;
  std::string rest_;
  const std::chrono::microseconds patience_;
  std::chrono::microseconds left_;
};

}  // namespace collector

#endif  // COLLECTOR_HTTP_CONNECTION_H_
