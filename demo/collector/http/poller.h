// Waits for requests on all connections in one thread, hands complete ones to a few workers, and
// sends what a client did not take at once. So slow and idle connections cost memory, but no
// thread.
#ifndef COLLECTOR_HTTP_POLLER_H_
#define COLLECTOR_HTTP_POLLER_H_

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <cstdint>
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
  struct Answered {
    bool usable = false;  // the connection can take another request
    std::string rest;     // of the response, to be sent
  };
  // Answers a request, in one of the workers.
  using Serve = std::function<Answered(int socket, IncomingRequest& request)>;

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
    kSending,    // the rest of a response
    kLingering,  // the last response is sent; what still arrives is dropped
  };

  struct Client {
    int socket;
    std::string network;
    IncomingRequest request;
    Phase phase = Phase::kIdle;
    Clock::time_point since;       // when the phase began
    size_t kept_bytes = 0;         // as counted in kept_bytes_
    Clock::time_point body_until;  // when more of the body must have arrived
    Answered answered;
    size_t sent = 0;               // bytes of `answered.rest`
    Clock::time_point send_until;  // when the client must have read more
  };
  using Clients = std::map<int, std::unique_ptr<Client>>;

  void Run();
  void TakeNew();
  void Open(int socket);
  void Receive(Client* client);
  void Drop(Client* client);
  // Acts on what has arrived: hands the request to a worker, refuses it, or waits for more.
  void React(Client* client);
  // Counts the memory that the client takes. Ends the largest ones when there is too much.
  void Count(Client* client);
  void Dispatch(Client* client);
  void EndServing(Client* client, Answered answered);
  void Send(Client* client);
  void EndAnswer(Client* client);
  void Refuse(Client* client, int status);
  void Linger(Client* client);
  void Close(Client* client);
  // Closes connections that have used up their time. Returns false when there are none left.
  bool CloseOverdue();
  Clock::time_point DeadlineOf(const Client& client) const;
  // Makes room for one more connection, by closing the one that has been waiting longest.
  void MakeRoom(const std::string& network);
  // Interrupts the answers that workers still send.
  void InterruptServing();
  void SetPhase(Client* client, Phase phase);
  // `events`: those of epoll; 0 for none.
  void Listen(Client* client, uint32_t events);
  void Wake();

  const Serve serve_;
  const int epoll_;
  const int wake_event_;
  Clients clients_;
  std::map<std::string, size_t> connections_;  // by network
  size_t max_connections_ = 0;
  size_t kept_bytes_ = 0;  // of all requests and responses
  httplib::ThreadPool workers_;

  std::mutex mutex_;
  std::vector<int> added_;
  std::vector<std::pair<int, Answered>> served_;  // by socket
  std::atomic<bool> stopping_{false};
  Clock::time_point stop_time_;
  std::thread thread_;
};

}  // namespace collector

#endif  // COLLECTOR_HTTP_POLLER_H_
