#include "http/request_body.h"

namespace collector {
namespace {

// The largest body in bytes that is read only to drop it.
constexpr uint64_t kMaxDroppedBytes = 64 * 1024 * 1024;

}  // namespace

RequestBody::RequestBody(const httplib::ContentReader* reader, uint64_t declared_bytes)
    : reader_(reader), declared_bytes_(declared_bytes), at_end_(reader == nullptr) {}

RequestBody::Outcome RequestBody::Read(size_t limit, std::string* body) {
  if (at_end_) return Outcome::kComplete;
  if (reader_ == nullptr) return Outcome::kBroken;
  if (declared_bytes_ > kMaxDroppedBytes) {
    reader_ = nullptr;
    return Outcome::kTooLarge;
  }
  bool too_large = declared_bytes_ > limit;
  at_end_ = (*reader_)([&](const char* bytes, size_t size) {
    received_bytes_ += size;
    too_large = too_large || received_bytes_ > limit;
    if (too_large) {
      std::string().swap(*body);
    } else {
      body->append(bytes, size);
    }
    return received_bytes_ <= kMaxDroppedBytes;
  });
  reader_ = nullptr;
  if (too_large) return Outcome::kTooLarge;
  return at_end_ ? Outcome::kComplete : Outcome::kBroken;
}

bool RequestBody::Finish() {
  std::string nothing;
  if (reader_ != nullptr) Read(0, &nothing);
  return at_end_;
}

}  // namespace collector
