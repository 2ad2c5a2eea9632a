#include "http/connection.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <iterator>

namespace collector {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

constexpr uint64_t kLeastBytesPerSecond = 256 * 1024;

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

microseconds Connection::Regained(size_t bytes) {
  return microseconds(static_cast<uint64_t>(bytes) * 1'000'000 / kLeastBytesPerSecond);
}

std::string ClientAddress(int socket) {
  std::string ip;
  int port = 0;
  ReadAddress(getpeername, socket, &ip, &port);
  return ip;
}

std::string NetworkOf(const std::string& address) {
  in6_addr bits = {};
  if (inet_pton(AF_INET6, address.c_str(), &bits) != 1 || IN6_IS_ADDR_V4MAPPED(&bits)) {
    return address;
  }
  std::fill(std::begin(bits.s6_addr) + 8, std::end(bits.s6_addr), uint8_t{0});
  char text[INET6_ADDRSTRLEN];
  return std::string(inet_ntop(AF_INET6, &bits, text, sizeof text)) + "/64";
}

bool Connection::is_writable() const {
  pollfd state = {socket_, POLLRDHUP, 0};
  poll(&state, 1, 0);
  return (state.revents & (POLLERR | POLLHUP | POLLRDHUP)) == 0;
}

ssize_t Connection::read(char* out, size_t size) {
  const size_t copied = head_.copy(out, size);
  head_.remove_prefix(copied);
  return static_cast<ssize_t>(copied);
}

ssize_t Connection::write(const char* bytes, size_t size) {
  // cpp-httplib writes the head of a response in one call.
  if (!answering_) {
    answering_ = true;
    close_announced_ =
        std::string_view(bytes, size).find("\r\nConnection: close\r\n") != std::string_view::npos;
  }
  if (keeps_rest_) return WriteOrKeep(bytes, size);
  if (!AwaitRoom()) return -1;
  const ssize_t sent = Send(bytes, size);
  if (sent > 0) left_ = std::min(patience_, left_ + Regained(static_cast<size_t>(sent)));
  return sent;
}

ssize_t Connection::WriteOrKeep(const char* bytes, size_t size) {
  ssize_t sent = rest_.empty() ? Send(bytes, size) : 0;
  if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK) return -1;
  sent = std::max<ssize_t>(sent, 0);
  rest_.append(bytes + sent, size - static_cast<size_t>(sent));
  return static_cast<ssize_t>(size);
}

ssize_t Connection::Send(const char* bytes, size_t size) const {
  ssize_t sent;
  do sent = send(socket_, bytes, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  return sent;
}

bool Connection::AwaitRoom() {
  if (left_.count() <= 0) return false;
  const Clock::time_point since = Clock::now();
  pollfd wait = {socket_, POLLOUT, 0};
  int ready;
  do ready = poll(&wait, 1, static_cast<int>(left_.count() / 1'000) + 1);
  while (ready < 0 && errno == EINTR);
  left_ -= std::chrono::duration_cast<microseconds>(Clock::now() - since);
  return ready > 0;
}

void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  ReadAddress(getpeername, socket_, &ip, &port);
}

void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
  ReadAddress(getsockname, socket_, &ip, &port);
}

}  // namespace collector
