#include "http/poller.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>

#include "http/connection.h"
#include "http/refusal.h"

namespace collector {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Queries and live readers, which may keep a worker for long, are fewer than these.
constexpr size_t kWorkers = 32;
constexpr size_t kMaxConnections = 8'192;
// Descriptors for the database, files of the site and the standard streams.
constexpr size_t kOtherDescriptors = 128;
constexpr size_t kMaxKeptBytes = 512 * 1024 * 1024;

constexpr seconds kIdleTimeout(15);
constexpr seconds kHeadTimeout(10);
// A body may pause for this time. Pauses use it up; each kLeastBytesPerSecond give a second back.
constexpr seconds kBodyTimeout(20);
constexpr size_t kLeastBytesPerSecond = 4'096;
constexpr seconds kLingerTimeout(2);
constexpr seconds kStopTimeout(5);
constexpr milliseconds kLingerTimeoutAtStop(300);
constexpr milliseconds kSweepInterval(250);

constexpr uint32_t kReads = EPOLLIN | EPOLLRDHUP;
constexpr size_t kBlockBytes = 64 * 1024;
// Most blocks that are read from a connection before the others have their turn.
constexpr int kBlocksAtOnce = 8;

// Sends a short text, without waiting: the buffer of an idle connection has room for it.
void SendNow(int socket, const std::string& text) {
  [[maybe_unused]] const ssize_t sent =
      send(socket, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

// Each connection needs a descriptor, and the usual limit is 1,024. Returns the new limit.
size_t RaiseDescriptorLimit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : before;
}

// How many connections there may be with so many descriptors.
size_t ConnectionLimit(size_t descriptors) {
  return std::min(kMaxConnections,
                  std::max(descriptors, 2 * kOtherDescriptors) - kOtherDescriptors);
}

}  // namespace

Poller::Poller(Serve serve)
    : serve_(std::move(serve)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      workers_(kWorkers) {
  if (epoll_ < 0 || wake_event_ < 0) throw std::runtime_error("cannot make an event descriptor");
  max_connections_ = ConnectionLimit(RaiseDescriptorLimit());
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.fd = wake_event_;
  epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_event_, &event);
  thread_ = std::thread([this] { Run(); });
}

Poller::~Poller() {
  Stop();
  close(wake_event_);
  close(epoll_);
}

void Poller::Add(int socket) {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    added_.push_back(socket);
  }
  Wake();
}

void Poller::Stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  Wake();
  thread_.join();
  workers_.shutdown();
}

void Poller::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_event_, &one, sizeof one);
}

void Poller::Run() {
  std::vector<epoll_event> events(256);
  Clock::time_point next_sweep = Clock::now();
  for (;;) {
    const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()),
                                 static_cast<int>(kSweepInterval.count()));
    for (int at = 0; at < ready; ++at) {
      const int socket = events[static_cast<size_t>(at)].data.fd;
      if (socket == wake_event_) {
        uint64_t count = 0;
        [[maybe_unused]] const ssize_t read_bytes = read(wake_event_, &count, sizeof count);
        continue;
      }
      const auto found = clients_.find(socket);
      if (found == clients_.end()) continue;
      Client* const client = found->second.get();
      if (client->phase == Phase::kLingering) {
        Drop(client);
      } else if (client->phase == Phase::kSending) {
        Send(client);
      } else {
        Receive(client);
      }
    }
    TakeNew();
    if (!stopping_ && Clock::now() < next_sweep) continue;
    next_sweep = Clock::now() + kSweepInterval;
    if (!CloseOverdue() && stopping_) return;
  }
}

// Takes over what other threads have left: new connections, and those whose request was answered.
void Poller::TakeNew() {
  std::vector<int> added;
  std::vector<std::pair<int, Answered>> served;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    added.swap(added_);
    served.swap(served_);
  }
  for (auto& [socket, answered] : served) {
    EndServing(clients_.at(socket).get(), std::move(answered));
  }
  for (const int socket : added) Open(socket);
}

void Poller::Open(int socket) {
  auto client = std::make_unique<Client>();
  client->socket = socket;
  client->network = NetworkOf(ClientAddress(socket));
  client->since = Clock::now();
  MakeRoom(client->network);
  ++connections_[client->network];
  Client* const opened = client.get();
  clients_[socket] = std::move(client);
  Listen(opened, kReads);
}

void Poller::MakeRoom(const std::string& network) {
  const auto known = connections_.find(network);
  // One network may hold most of the connections, as a proxy does, but not all.
  const size_t per_network = max_connections_ / 4 * 3;
  const bool network_is_full = known != connections_.end() && known->second >= per_network;
  if (!network_is_full && clients_.size() < max_connections_) return;
  Client* oldest = nullptr;
  for (const auto& [socket, client] : clients_) {
    if (client->phase == Phase::kServing) continue;
    if (network_is_full && client->network != network) continue;
    if (oldest == nullptr || client->since < oldest->since) oldest = client.get();
  }
  if (oldest != nullptr) Close(oldest);
}

void Poller::Receive(Client* client) {
  static thread_local char block[kBlockBytes];
  for (int blocks = 0; blocks < kBlocksAtOnce; ++blocks) {
    const ssize_t received = recv(client->socket, block, sizeof block, MSG_DONTWAIT);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (received <= 0) return Close(client);
    client->request.Add(std::string_view(block, static_cast<size_t>(received)));
    if (client->phase == Phase::kIdle) SetPhase(client, Phase::kReceiving);
    const Clock::time_point latest = Clock::now() + kBodyTimeout;
    const microseconds gained(static_cast<uint64_t>(received) * 1'000'000 / kLeastBytesPerSecond);
    client->body_until = std::min(latest, client->body_until + gained);
    Count(client);
    if (client->phase != Phase::kReceiving) return;
    React(client);
    if (client->phase != Phase::kReceiving) return;
  }
}

void Poller::Count(Client* client) {
  kept_bytes_ -= client->kept_bytes;
  client->kept_bytes = client->request.kept_bytes() + client->answered.rest.capacity();
  kept_bytes_ += client->kept_bytes;
  while (kept_bytes_ > kMaxKeptBytes) {
    // Close the one that holds the most memory, which need not be the one that sent last.
    Client* largest = nullptr;
    for (const auto& [socket, other] : clients_) {
      if (other->phase != Phase::kReceiving && other->phase != Phase::kSending) continue;
      if (largest == nullptr || other->kept_bytes > largest->kept_bytes) largest = other.get();
    }
    if (largest == nullptr || largest->kept_bytes < kBlockBytes) return;
    if (largest->phase == Phase::kSending) {
      Close(largest);
    } else {
      Refuse(largest, 503);
    }
  }
}

void Poller::React(Client* client) {
  IncomingRequest& request = client->request;
  switch (request.state()) {
    case IncomingRequest::State::kComplete:
      return Dispatch(client);
    case IncomingRequest::State::kRefused:
      return Refuse(client, request.refusal());
    case IncomingRequest::State::kBody:
      if (request.TakeContinue()) SendNow(client->socket, "HTTP/1.1 100 Continue\r\n\r\n");
      return;
    default:
      return;
  }
}

void Poller::Dispatch(Client* client) {
  SetPhase(client, Phase::kServing);
  Listen(client, 0);
  workers_.enqueue([this, client] {
    Answered answered;
    try {
      answered = serve_(client->socket, client->request);
    } catch (const std::exception&) {
      // Such as too little memory: close this connection, and serve the others.
    }
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      served_.emplace_back(client->socket, std::move(answered));
    }
    Wake();
  });
}

void Poller::EndServing(Client* client, Answered answered) {
  std::swap(client->answered, answered);
  if (client->answered.rest.empty()) return EndAnswer(client);
  SetPhase(client, Phase::kSending);
  client->sent = 0;
  client->send_until = client->since + Connection::kPatience;
  Listen(client, EPOLLOUT);
  Count(client);  // may close it
}

void Poller::Send(Client* client) {
  const std::string& rest = client->answered.rest;
  for (int blocks = 0; blocks < kBlocksAtOnce && client->sent < rest.size(); ++blocks) {
    const size_t size = std::min(kBlockBytes, rest.size() - client->sent);
    const ssize_t sent =
        send(client->socket, rest.data() + client->sent, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (sent < 0) return Close(client);
    client->sent += static_cast<size_t>(sent);
    client->since = Clock::now();  // it has not been waiting, see MakeRoom
    const Clock::time_point latest = client->since + Connection::kPatience;
    client->send_until =
        std::min(latest, client->send_until + Connection::Regained(static_cast<size_t>(sent)));
  }
  if (client->sent < rest.size()) return;
  Listen(client, 0);
  EndAnswer(client);
}

void Poller::EndAnswer(Client* client) {
  // Exchange it: an assigned string keeps its memory.
  Answered answered;
  std::swap(client->answered, answered);
  if (!answered.usable || stopping_) return Linger(client);
  client->request.Next();
  const bool has_begun = client->request.state() != IncomingRequest::State::kEmpty;
  SetPhase(client, has_begun ? Phase::kReceiving : Phase::kIdle);
  Listen(client, kReads);
  Count(client);
  if (client->phase == Phase::kReceiving) React(client);
}

void Poller::Refuse(Client* client, int status) {
  SendNow(client->socket, RefusalText(status));
  Linger(client);
}

// Closing a socket with unread bytes resets the connection, and the client could lose the response.
void Poller::Linger(Client* client) {
  shutdown(client->socket, SHUT_WR);
  // Exchange it: a moved string keeps its memory.
  IncomingRequest empty;
  std::swap(client->request, empty);
  kept_bytes_ -= client->kept_bytes;
  client->kept_bytes = 0;
  SetPhase(client, Phase::kLingering);
  Listen(client, kReads);
}

void Poller::Drop(Client* client) {
  static thread_local char block[kBlockBytes];
  for (int blocks = 0; blocks < kBlocksAtOnce; ++blocks) {
    const ssize_t received = recv(client->socket, block, sizeof block, MSG_DONTWAIT);
    if (received > 0 || (received < 0 && errno == EINTR)) continue;
    if (received < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    return Close(client);
  }
}

void Poller::Close(Client* client) {
  kept_bytes_ -= client->kept_bytes;
  const auto known = connections_.find(client->network);
  if (known != connections_.end() && --known->second == 0) connections_.erase(known);
  const int socket = client->socket;
  close(socket);  // also removes it from epoll
  clients_.erase(socket);
}

bool Poller::CloseOverdue() {
  if (stopping_ && stop_time_ == Clock::time_point()) stop_time_ = Clock::now();
  const Clock::time_point now = Clock::now();
  std::vector<Client*> overdue;
  for (const auto& [socket, client] : clients_) {
    if (client->phase != Phase::kServing && now >= DeadlineOf(*client)) {
      overdue.push_back(client.get());
    }
  }
  if (stopping_ && now >= stop_time_ + kStopTimeout) InterruptServing();
  for (Client* const client : overdue) {
    if (client->phase == Phase::kReceiving && !stopping_) {
      Refuse(client, 408);
    } else {
      Close(client);
    }
  }
  return !clients_.empty();
}

Poller::Clock::time_point Poller::DeadlineOf(const Client& client) const {
  switch (client.phase) {
    case Phase::kIdle:
      return stopping_ ? Clock::time_point() : client.since + kIdleTimeout;
    case Phase::kReceiving: {
      const bool is_body = client.request.state() == IncomingRequest::State::kBody;
      const Clock::time_point deadline = is_body ? client.body_until : client.since + kHeadTimeout;
      return stopping_ ? std::min(deadline, stop_time_ + kStopTimeout) : deadline;
    }
    case Phase::kSending:
      return stopping_ ? std::min(client.send_until, stop_time_ + kStopTimeout) : client.send_until;
    default:
      return client.since + (stopping_ ? kLingerTimeoutAtStop : milliseconds(kLingerTimeout));
  }
}

void Poller::InterruptServing() {
  for (const auto& [socket, client] : clients_) {
    if (client->phase == Phase::kServing) shutdown(socket, SHUT_RDWR);
  }
}

void Poller::SetPhase(Client* client, Phase phase) {
  client->phase = phase;
  client->since = Clock::now();
  client->body_until = client->since + kBodyTimeout;
}

void Poller::Listen(Client* client, uint32_t events) {
  epoll_event event = {};
  event.events = events;
  event.data.fd = client->socket;
  // Remove it entirely: epoll reports a closed connection whatever it listens for.
  epoll_ctl(epoll_, events != 0 ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, client->socket, &event);
}

}  // namespace collector
