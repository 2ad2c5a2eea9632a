// `/api/live`: every stored batch and its logs as server-sent events.
#ifndef COLLECTOR_LIVE_STREAM_H_
#define COLLECTOR_LIVE_STREAM_H_

#include <httplib.h>

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "http_listener.h"
#include "store.h"

namespace collector {

// Each reader's thread reads the rows above its last one from the store, so a slow reader costs no
// memory and misses nothing. Safe to use from many threads.
class LiveStream {
 public:
  explicit LiveStream(Store* store);

  void Handle(HttpRequest& request, httplib::Response& response);

  // Call when a row was added to `batches`.
  void Wake();

  // Ends all streams and waits a moment for that. Call before the listener stops, since cpp-httplib
  // then leaves streams without their proper end.
  void Stop();

 private:
  class Seat;

  // Sends what is new after row `*last` or waits for it a little; false when the reader is gone.
  bool Send(int64_t* last, httplib::DataSink& sink);
  bool IsStopping();
  bool SendBatch(const StoredRow& batch, httplib::DataSink& sink);

  Store* const store_;
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t version_ = 0;
  int readers_ = 0;
  bool stopping_ = false;
};

}  // namespace collector

#endif  // COLLECTOR_LIVE_STREAM_H_
