// `/api/live`: sends each stored batch and its logs as server-sent events.
#ifndef COLLECTOR_API_LIVE_STREAM_H_
#define COLLECTOR_API_LIVE_STREAM_H_

#include <httplib.h>

#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "http/http_listener.h"
#include "store/store.h"

namespace collector {

// Each reader has a thread, which reads new rows from the store. So a slow reader needs no buffer
// and misses nothing. Thread-safe.
class LiveStream {
 public:
  explicit LiveStream(Store* store);

  void Handle(HttpRequest& request, httplib::Response& response);

  // Call this after adding a row to `batches`.
  void Wake();

  // Ends all streams and waits up to a second for them. Call it before the listener stops:
  // otherwise cpp-httplib does not terminate the streams properly.
  void Stop();

 private:
  class ReaderSlot;

  // Sends the batches after row `*last` and advances it. Waits a short time when there are none.
  // Returns false when the reader is gone.
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

#endif  // COLLECTOR_API_LIVE_STREAM_H_
