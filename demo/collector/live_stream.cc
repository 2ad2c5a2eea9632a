#include "live_stream.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>

#include "json_answer.h"

namespace collector {
namespace {

constexpr int kMaxReaders = 16;
constexpr int64_t kBatchesAtOnce = 32;
constexpr int64_t kLogsAtOnce = 64;
// How soon a reader that left gives its place up.
constexpr std::chrono::seconds kTick(1);
constexpr std::chrono::seconds kStopPatience(1);

bool Write(httplib::DataSink& sink, const std::string& text) {
  return sink.write(text.data(), text.size());
}

std::string Event(const char* name, const std::string& json) {
  return std::string("event: ") + name + "\ndata: " + json + "\n";
}

}  // namespace

// One reader's place among the few that there are.
class LiveStream::Seat {
 public:
  explicit Seat(LiveStream* stream) : stream_(stream) {}
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;
  ~Seat() {
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

  int64_t last = store_->LastBatch();
  if (const auto header = request.Header("Last-Event-ID")) {
    int64_t id = -1;
    const char* end = header->data() + header->size();
    const auto [stop, error] = std::from_chars(header->data(), end, id);
    if (error != std::errc() || stop != end || id < 0) {
      return AnswerError(&response, 400, "Last-Event-ID has to be the id of an event");
    }
    // A reader that outlived an older database would wait for ids that are far away.
    last = std::min(last, id);
  }

  std::shared_ptr<Seat> seat;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (readers_ < kMaxReaders && !stopping_) {
      ++readers_;
      seat = std::make_shared<Seat>(this);
    }
  }
  if (!seat) {
    response.set_header("Retry-After", "5");
    return AnswerError(&response, 503, "too many live readers");
  }

  response.status = 200;
  response.set_chunked_content_provider(
      "text/event-stream", [this, seat, last](size_t offset, httplib::DataSink& sink) mutable {
        if (offset == 0 && !Write(sink, "retry: 1000\n\n")) return false;
        return Send(&last, sink);
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
  changed_.wait_for(lock, kStopPatience, [this] { return readers_ == 0; });
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
    changed_.wait_for(lock, kTick, [&] { return stopping_ || version_ != seen; });
  }
  if (IsStopping()) {
    sink.done();
    return true;
  }
  return sink.is_writable();
}

bool LiveStream::SendBatch(const StoredRow& batch, httplib::DataSink& sink) {
  // The id comes with the last event of a batch: a reader whose connection breaks in between gets
  // all of it again.
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
