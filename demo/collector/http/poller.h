// Waits for requests on all connections in one thread, and hands complete ones to a few workers. So
// slow and idle connections cost memory, but no thread.
#ifndef COLLECTOR_HTTP_POLLER_H_
#define COLLECTOR_HTTP_POLLER_H_

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "http/incoming_request.h"

namespace collector {

class Poller {
 public:
  // Answers a request, in one of the workers. Returns whether the connection can take another one.
  using Serve = std::function<bool(int socket, IncomingRequest& request)>;

  explicit Poller(Serve serve);
  // Stops, if Stop() was not called.
  ~Poller();

  // Takes over a new connection. May be called from any thread.
  void Add(int socket);

  // Finishes the requests that have arrived, waits a few seconds for those that have begun, and
  // closes all connections.
  void Stop();

 private:
  using Clock = std::chrono::steady_clock;

  enum class Phase {
    kIdle,       // no byte of a request yet
    kReceiving,  // a part of one
    kServing,    // in a worker
    kLingering,  // the last response is sent; what still arrives is dropped
  };

  struct Client {
    int socket;
    std::string network;
    IncomingRequest request;
    Phase phase = Phase::kIdle;
    Clock::time_point since;       // when the phase began
    size_t kept_bytes = 0;         // of the request, as counted in kept_bytes_
    Clock::time_point body_until;  // when more of the body must have arrived
  };
  using Clients = std::map<int, std::unique_ptr<Client>>;

  void Run();
  void TakeNew();
  void Open(int socket);
  void Receive(Client* client);
  void Drop(Client* client);
  // Acts on what has arrived: hands the request to a worker, refuses it, or waits for more.
  void React(Client* client);
  // Counts the memory of the client's request. Refuses the largest ones when there is too much.
  void Count(Client* client);
  void Dispatch(Client* client);
  void EndServing(Client* client, bool usable);
  void Refuse(Client* client, int status);
  void Linger(Client* client);
  void Close(Client* client);
  // Closes connections that have used up their time. Returns false when there are none left.
  bool CloseOverdue();
  Clock::time_point DeadlineOf(const Client& client) const;
  // Makes room for one more connection, by closing the one that has been waiting longest.
  void MakeRoom(const std::string& network);
  // Interrupts the answers that are still being sent.
  void InterruptServing();
  void SetPhase(Client* client, Phase phase);
  void Listen(Client* client, bool listens);
  void Wake();

  const Serve serve_;
  const int epoll_;
  const int wake_event_;
  Clients clients_;
  std::map<std::string, size_t> connections_;  // by network
  size_t max_connections_ = 0;
  size_t kept_bytes_ = 0;  // of all requests
  httplib::ThreadPool workers_;

  std::mutex mutex_;
  std::vector<int> added_;
  std::vector<std::pair<int, bool>> served_;  // socket, usable
  std::atomic<bool> stopping_{false};
  Clock::time_point stop_time_;
  std::thread thread_;
};

}  // namespace collector

#endif  // COLLECTOR_HTTP_POLLER_H_
