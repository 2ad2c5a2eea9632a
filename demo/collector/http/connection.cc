#include "http/connection.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace collector {
namespace {

using std::chrono::seconds;

constexpr size_t kMaxHeadBytes = 64 * 1024;
constexpr seconds kRequestTimeout(60);
constexpr seconds kReadTimeout(10);
constexpr seconds kWriteTimeout(10);
constexpr seconds kStopTimeout(5);
constexpr std::chrono::milliseconds kLingerTimeout(2000);
constexpr std::chrono::milliseconds kLingerTimeoutAtStop(300);

// Returns a timeout for poll(). It is never negative, because poll() would then wait for ever.
int MillisecondsUntil(std::chrono::steady_clock::time_point until) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      until - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<long long>(left.count(), 0, 60'000));
}

using AddressOf = int (*)(int, sockaddr*, socklen_t*);

void ReadAddress(AddressOf address_of, int socket, std::string* ip, int* port) {
  sockaddr_storage storage = {};
  socklen_t size = sizeof storage;
  auto* const address = reinterpret_cast<sockaddr*>(&storage);
  char host[NI_MAXHOST];
  char service[NI_MAXSERV];
  if (address_of(socket, address, &size) != 0 ||
      getnameinfo(address, size, host, sizeof host, service, sizeof service,
                  NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return;
  }
  *ip = host;
  *port = std::atoi(service);
}

}  // namespace

Connection::Connection(int socket, int stop_event) : socket_(socket), stop_event_(stop_event) {}

std::optional<std::string> Connection::ReadHead(seconds idle_timeout) {
  unread_.erase(0, unread_begin_);
  unread_begin_ = 0;
  answering_ = false;
  in_request_ = !unread_.empty();
  if (stopping_ && !in_request_) return std::nullopt;
  request_deadline_ = Clock::now() + (in_request_ ? kRequestTimeout : idle_timeout);

  for (;;) {
    // Skip empty lines: some clients send one after a body and do not count it in Content-Length.
    unread_.erase(0, std::min(unread_.find_first_not_of("\r\n"), unread_.size()));
    if (const size_t end = unread_.find("\r\n\r\n"); end != std::string::npos) {
      unread_begin_ = end + 4;
      return unread_.substr(0, unread_begin_);
    }
    if (unread_.size() > kMaxHeadBytes) {
      unread_begin_ = unread_.size();
      return unread_;
    }
    char block[4096];
    const ssize_t received = Receive(block, sizeof block);
    if (received <= 0) return std::nullopt;
    unread_.append(block, static_cast<size_t>(received));
    if (!in_request_) {
      in_request_ = true;
      request_deadline_ = Clock::now() + (stopping_ ? kStopTimeout : kRequestTimeout);
    }
  }
}

void Connection::Unread(std::string_view bytes) {
  unread_.replace(0, unread_begin_, bytes);
  unread_begin_ = 0;
}

void Connection::Linger() {
  shutdown(socket_, SHUT_WR);
  in_request_ = true;
  request_deadline_ = Clock::now() + (stopping_ ? kLingerTimeoutAtStop : kLingerTimeout);
  char block[16 * 1024];
  while (Clock::now() < request_deadline_ && Receive(block, sizeof block) > 0) {
  }
}

bool Connection::AwaitBytes(Clock::time_point until) {
  for (;;) {
    pollfd waits[2] = {{socket_, POLLIN, 0}, {stopping_ ? -1 : stop_event_, POLLIN, 0}};
    const int ready = poll(waits, 2, MillisecondsUntil(std::min(until, request_deadline_)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    if (waits[0].revents != 0) return true;
    stopping_ = true;
    const seconds left = in_request_ ? kStopTimeout : seconds(0);
    request_deadline_ = std::min(request_deadline_, Clock::now() + left);
  }
}

ssize_t Connection::Receive(char* out, size_t size) {
  if (!AwaitBytes(Clock::now() + (in_request_ ? kReadTimeout : kRequestTimeout))) return -1;
  ssize_t received;
  do received = recv(socket_, out, size, 0);
  while (received < 0 && errno == EINTR);
  return received;
}

bool Connection::is_readable() const { return true; }

bool Connection::is_writable() const {
  pollfd wait = {socket_, POLLOUT | POLLRDHUP, 0};
  int ready;
  do ready = poll(&wait, 1, MillisecondsUntil(Clock::now() + kWriteTimeout));
  while (ready < 0 && errno == EINTR);
  return ready > 0 && (wait.revents & (POLLERR | POLLHUP | POLLRDHUP)) == 0;
}

ssize_t Connection::read(char* out, size_t size) {
  if (unread_begin_ < unread_.size()) {
    const size_t copied = unread_.copy(out, size, unread_begin_);
    unread_begin_ += copied;
    return static_cast<ssize_t>(copied);
  }
  return Receive(out, size);
}

ssize_t Connection::write(const char* bytes, size_t size) {
  // cpp-httplib writes the head of a response in one call. Only `100 Continue` can come before it.
  const std::string_view text(bytes, size);
  if (!answering_ && text.substr(0, 12) != "HTTP/1.1 100") {
    answering_ = true;
    close_announced_ = text.find("\r\nConnection: close\r\n") != text.npos;
  }

  pollfd wait = {socket_, POLLOUT, 0};
  int ready;
  do ready = poll(&wait, 1, MillisecondsUntil(Clock::now() + kWriteTimeout));
  while (ready < 0 && errno == EINTR);
  if (ready <= 0) return -1;
  ssize_t sent;
  do sent = send(socket_, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  return sent;
}

void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  ReadAddress(getpeername, socket_, &ip, &port);
}

void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
  ReadAddress(getsockname, socket_, &ip, &port);
}

}  // namespace collector
