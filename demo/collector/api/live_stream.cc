#include "api/live_stream.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>

#include "http/json_answer.h"

namespace collector {
namespace {

constexpr int kMaxReaders = 16;
constexpr int64_t kBatchesAtOnce = 32;
constexpr int64_t kLogsAtOnce = 64;
// How often a stream checks whether its reader is gone.
constexpr std::chrono::seconds kCheckInterval(1);
constexpr std::chrono::seconds kStopTimeout(1);

bool Write(httplib::DataSink& sink, const std::string& text) {
  return sink.write(text.data(), text.size());
}

std::string Event(const char* name, const std::string& json) {
  return std::string("event: ") + name + "\ndata: " + json + "\n";
}

}  // namespace

// Counts as one reader while it exists. Handle() increments the counter; the destructor decrements
// it.
class LiveStream::ReaderSlot {
 public:
  explicit ReaderSlot(LiveStream* stream) : stream_(stream) {}
  ReaderSlot(const ReaderSlot&) = delete;
  ReaderSlot& operator=(const ReaderSlot&) = delete;
  ~ReaderSlot() {
    const std::lock_guard<std::mutex> lock(stream_->mutex_);
    --stream_->readers_;
    stream_->changed_.notify_all();
  }

 private:
  LiveStream* stream_;
};

LiveStream::LiveStream(Store* store) : store_(store) {}

void LiveStream::Handle(HttpRequest& request, httplib::Response& response) {
  if (request.method != "GET") return AnswerMethodNotAllowed(&response, "GET");
  // The stream is chunked, which older clients do not understand.
  if (request.version != "HTTP/1.1") return AnswerError(&response, 505, "HTTP/1.1 is needed");

  int64_t last = store_->LastBatch();
  if (const auto header = request.Header("Last-Event-ID")) {
    int64_t id = -1;
    const char* end = header->data() + header->size();
    const auto [stop, error] = std::from_chars(header->data(), end, id);
    if (error != std::errc() || stop != end || id < 0) {
      return AnswerError(&response, 400, "Last-Event-ID must be the id of an event");
    }
    // The id can come from an older database and be larger than any id in this one.
    last = std::min(last, id);
  }

  std::shared_ptr<ReaderSlot> slot;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (readers_ < kMaxReaders && !stopping_) {
      ++readers_;
      slot = std::make_shared<ReaderSlot>(this);
    }
  }
  if (!slot) {
    response.set_header("Retry-After", "5");
    return AnswerError(&response, 503, "too many live readers");
  }

  response.status = 200;
  response.set_chunked_content_provider(
      "text/event-stream", [this, slot, last](size_t offset, httplib::DataSink& sink) mutable {
        if (offset == 0 && !Write(sink, "retry: 1000\n\n")) return false;
        try {
          return Send(&last, sink);
        } catch (const std::exception&) {
          // The database cannot be read. The response has begun, so it can only end: nothing above
          // catches what is thrown here.
          return false;
        }
      });
}

void LiveStream::Wake() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    ++version_;
  }
  changed_.notify_all();
}

void LiveStream::Stop() {
  std::unique_lock<std::mutex> lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
  changed_.wait_for(lock, kStopTimeout, [this] { return readers_ == 0; });
}

bool LiveStream::IsStopping() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return stopping_;
}

bool LiveStream::Send(int64_t* last, httplib::DataSink& sink) {
  uint64_t seen;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    seen = version_;
  }

  BatchFilter fresh;
  fresh.range.after = *last;
  fresh.range.limit = kBatchesAtOnce;
  const std::vector<StoredRow> batches = store_->ReadBatches(fresh);
  for (const StoredRow& batch : batches) {
    if (!SendBatch(batch, sink)) return false;
    *last = batch.id;
  }
  if (batches.empty()) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait_for(lock, kCheckInterval, [&] { return stopping_ || version_ != seen; });
  }
  if (IsStopping()) {
    sink.done();
    return true;
  }
  return sink.is_writable();
}

bool LiveStream::SendBatch(const StoredRow& batch, httplib::DataSink& sink) {
  // Send the id with the last event of the batch. If the connection breaks before that, the reader
  // gets the whole batch again.
  std::string text = Event("batch", batch.json);
  LogFilter logs;
  logs.batch = batch.id;
  logs.range.after = 0;
  logs.range.limit = kLogsAtOnce;
  while (!IsStopping()) {
    const std::vector<StoredRow> page = store_->ReadLogs(logs);
    for (const StoredRow& log : page) {
      text += '\n';
      if (!Write(sink, text)) return false;
      text = Event("log", log.json);
      logs.range.after = log.id;
    }
    if (page.empty()) return Write(sink, text + "id: " + std::to_string(batch.id) + "\n\n");
  }
  return false;
}

}  // namespace collector
