#include "http/connection.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdlib>

namespace collector {
namespace {

constexpr int kWriteTimeoutMs = 10'000;

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

// Waits until the socket can take bytes or has failed. Returns false on a timeout.
bool AwaitRoom(pollfd* wait) {
  int ready;
  do ready = poll(wait, 1, kWriteTimeoutMs);
  while (ready < 0 && errno == EINTR);
  return ready > 0;
}

}  // namespace

std::string ClientAddress(int socket) {
  std::string ip;
  int port = 0;
  ReadAddress(getpeername, socket, &ip, &port);
  return ip;
}

bool Connection::is_writable() const {
  pollfd wait = {socket_, POLLOUT | POLLRDHUP, 0};
  return AwaitRoom(&wait) && (wait.revents & (POLLERR | POLLHUP | POLLRDHUP)) == 0;
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
  pollfd wait = {socket_, POLLOUT, 0};
  if (!AwaitRoom(&wait)) return -1;
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
