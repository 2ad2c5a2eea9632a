#include "track_body.h"

#include <cassert>
#include <cstring>

namespace webtrack {
namespace {

// Marks a field in the terminated notation: copy the remembered log's field at this position.
constexpr char kSameField = '\xff';

constexpr char kHead[] = "{\"__logs__\":[";
constexpr uint32_t kHeadBytes = sizeof(kHead) - 1;
constexpr uint32_t kEndBytes = sizeof(uint32_t);

// Extra room for the JSON writer, which reserves more than it writes. The limits apply only to the
// bytes that were written.
constexpr uint32_t kSlack = 64;

uint32_t ReadSize(const char* from) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(from);
  return bytes[0] | uint32_t{bytes[1]} << 8 | uint32_t{bytes[2]} << 16 | uint32_t{bytes[3]} << 24;
}

// Returns the status for a buffer that has just refused to grow.
int32_t RefusalStatus(const ByteBuffer& out) {
  return out.out_of_memory() ? WEBTRACK_NO_MEMORY : WEBTRACK_FULL;
}

// Reads the strings of a list in order and writes each as a JSON string.
class ListReader {
 public:
  explicit ListReader(const StringList& list)
      : at_(list.data), end_(list.data + list.bytes), notation_(list.notation) {}

  // Whether all bytes of the list were read.
  bool done() const { return at_ == end_; }

  // Skips the mark of a remembered field. Returns false when something else is next.
  bool SkipMark() {
    if (notation_ != Text::kTerminated || done() || *at_ != kSameField) return false;
    ++at_;
    return true;
  }

  // Reads the next string and writes `lead` and the string. Returns 0, a status for malformed
  // input, or the status of a buffer that refused to grow.
  int32_t Next(ByteBuffer& out, char lead) {
    const char* end = end_;
    if (notation_ == Text::kSized) {
      if (end_ - at_ < 4) return WEBTRACK_MALFORMED;
      const uint32_t size = ReadSize(at_);
      at_ += 4;
      if (size > static_cast<uint32_t>(end_ - at_)) return WEBTRACK_MALFORMED;
      end = at_ + size;
    } else if (done()) {
      return WEBTRACK_MALFORMED;
    } else if (*at_ == kSameField) {
      // A mark where a value should be: an earlier string contains a NUL.
      return WEBTRACK_NUL_IN_TEXT;
    }
    at_ = AppendJsonString(out, lead, at_, end, notation_);
    if (at_ == nullptr) return RefusalStatus(out);
    if (notation_ == Text::kTerminated) {
      if (done()) return WEBTRACK_MALFORMED;  // not terminated
      ++at_;
    }
    return 0;
  }

 private:
  const char* at_;
  const char* end_;
  Text notation_;
};

// Appends copies of the fields [from, to) of the remembered log and sets their offsets.
bool AppendRemembered(ByteBuffer& out, uint32_t from, uint32_t to, const FieldOffsets& remembered,
                      FieldOffsets& offsets) {
  const uint32_t begin = remembered[from];
  const uint32_t bytes = remembered[to] - begin;
  for (uint32_t i = from; i < to; ++i) offsets[i] = out.size() + remembered[i] - begin;
  if (!out.Reserve(bytes)) return false;
  std::memcpy(out.data() + out.size(), out.data() + begin, bytes);
  out.Resize(out.size() + bytes);
  return true;
}

// Appends {"key":"value",…} with `fields` fields and sets their offsets. A mark in the list copies
// a field of the remembered log, which has the same number of fields. All offsets in `remembered`
// are 0 when there is no such log.
int32_t AppendObject(ByteBuffer& out, ListReader& list, uint32_t fields,
                     const FieldOffsets& remembered, FieldOffsets& offsets) {
  if (fields == 0 && !out.Append("{", 1)) return RefusalStatus(out);
  for (uint32_t i = 0; i < fields;) {
    const uint32_t from = i;
    while (i < fields && list.SkipMark()) ++i;
    if (i != from) {
      if (remembered[0] == 0) return WEBTRACK_MALFORMED;
      if (!AppendRemembered(out, from, i, remembered, offsets)) return RefusalStatus(out);
    } else {
      if (i < WEBTRACK_REMEMBERED_FIELDS) offsets[i] = out.size();
      if (const int32_t status = list.Next(out, i == 0 ? '{' : ',')) return status;
      if (const int32_t status = list.Next(out, ':')) return status;
      ++i;
    }
  }
  if (fields <= WEBTRACK_REMEMBERED_FIELDS) offsets[fields] = out.size();
  return out.Append("}", 1) ? 0 : RefusalStatus(out);
}

bool AppendLiteral(ByteBuffer& out, const char* text) {
  return out.Append(text, static_cast<uint32_t>(std::strlen(text)));
}

// Appends the end of the body, from the closing bracket of the logs.
int32_t AppendEnvelope(ByteBuffer& out, const StringList& strings) {
  ListReader list(strings);
  if (!AppendLiteral(out, "],\"__source__\"")) return RefusalStatus(out);
  if (const int32_t status = list.Next(out, ':')) return status;

  const uint32_t before_topic = out.size();
  if (!AppendLiteral(out, ",\"__topic__\"")) return RefusalStatus(out);
  const uint32_t topic = out.size();
  if (const int32_t status = list.Next(out, ':')) return status;
  const bool empty_topic = out.size() == topic + 3;
  if (empty_topic) out.Resize(before_topic);

  if (const uint32_t tags = strings.count / 2 - 1) {
    if (!AppendLiteral(out, ",\"__tags__\":")) return RefusalStatus(out);
    FieldOffsets unused = {};  // tags have no marks
    if (const int32_t status = AppendObject(out, list, tags, unused, unused)) return status;
  }
  if (!out.Append("}", 1)) return RefusalStatus(out);
  return list.done() ? 0 : WEBTRACK_MALFORMED;
}

}  // namespace

TrackBody::TrackBody(uint32_t max_bytes, uint32_t max_logs)
    : max_bytes_(max_bytes),
      max_logs_(max_logs),
      text_(max_bytes + kSlack),
      ends_(max_logs * kEndBytes),
      // Twice the room: SetEnvelope writes the new envelope behind the old one, then moves it.
      envelope_(2 * max_bytes + kSlack),
      overwritten_(max_bytes) {}

bool TrackBody::Start() {
  constexpr char kEmptyStrings[8] = {};  // no source and no topic, in the sized notation
  return AppendLiteral(text_, kHead) &&
         AppendEnvelope(envelope_, {kEmptyStrings, sizeof(kEmptyStrings), 2, Text::kSized}) == 0 &&
         BytesOf(0) <= max_bytes_;
}

uint32_t TrackBody::EndOf(uint32_t logs) const {
  if (logs == 0) return kHeadBytes;
  uint32_t end;
  std::memcpy(&end, ends_.data() + (logs - 1) * kEndBytes, kEndBytes);
  return end;
}

uint32_t TrackBody::BytesOf(uint32_t logs) const {
  assert(logs <= this->logs());
  return EndOf(logs) + envelope_.size();
}

int32_t TrackBody::SetEnvelope(const StringList& strings) {
  if (strings.count < 2 || strings.count % 2 != 0) return WEBTRACK_MALFORMED;
  const uint32_t old = envelope_.size();
  int32_t status = AppendEnvelope(envelope_, strings);
  const uint32_t bytes = envelope_.size() - old;
  if (status == 0 && bytes > max_bytes_ - text_.size()) status = WEBTRACK_FULL;
  if (status != 0) {
    envelope_.Resize(old);
    return status;
  }
  std::memmove(envelope_.data(), envelope_.data() + old, bytes);
  envelope_.Resize(bytes);
  return static_cast<int32_t>(BytesOf(logs()));
}

int32_t TrackBody::Append(const StringList& fields) {
  if (logs() == max_logs_) return WEBTRACK_FULL;
  const uint32_t before = text_.size();
  const int32_t status = AppendLog(fields);
  if (status == 0) return static_cast<int32_t>(BytesOf(logs()));
  text_.Resize(before);
  return status == WEBTRACK_FULL && logs() == 0 ? WEBTRACK_TOO_LARGE : status;
}

int32_t TrackBody::AppendLog(const StringList& strings) {
  ListReader list(strings);
  const uint32_t fields = strings.count / 2;
  FieldOffsets& remembered = remembered_[fields <= WEBTRACK_REMEMBERED_FIELDS ? fields : 0];
  if (logs() != 0 && !text_.Append(",", 1)) return RefusalStatus(text_);
  if (const int32_t status = AppendObject(text_, list, fields, remembered, offsets_)) return status;
  if (!list.done()) {
    return strings.notation == Text::kTerminated ? WEBTRACK_NUL_IN_TEXT : WEBTRACK_MALFORMED;
  }
  if (text_.size() > max_bytes_ - envelope_.size()) return WEBTRACK_FULL;
  const uint32_t end = text_.size();
  if (!ends_.Append(reinterpret_cast<const char*>(&end), kEndBytes)) return RefusalStatus(ends_);
  if (&remembered != remembered_) std::memcpy(remembered, offsets_, sizeof(FieldOffsets));
  return 0;
}

bool TrackBody::CloseAfter(uint32_t logs) {
  const uint32_t end = EndOf(logs);
  const uint32_t open = text_.size() - end;
  const uint32_t overwritten = open < envelope_.size() ? open : envelope_.size();
  overwritten_.Resize(0);
  if (!text_.Reserve(envelope_.size()) || !overwritten_.Append(text_.data() + end, overwritten)) {
    return false;
  }
  std::memcpy(text_.data() + end, envelope_.data(), envelope_.size());
  return true;
}

void TrackBody::Reopen(uint32_t logs) {
  if (overwritten_.size() != 0) {
    std::memcpy(text_.data() + EndOf(logs), overwritten_.data(), overwritten_.size());
  }
}

void TrackBody::Discard(uint32_t logs) {
  std::memset(remembered_, 0, sizeof(remembered_));
  const uint32_t left = this->logs() > logs ? this->logs() - logs : 0;
  if (left == 0) {
    text_.Resize(kHeadBytes);
    ends_.Resize(0);
    return;
  }
  if (logs == 0) return;
  const uint32_t cut = EndOf(logs) + 1 - kHeadBytes;  // with the comma behind the last log
  for (uint32_t i = 0; i < left; ++i) {
    const uint32_t end = EndOf(logs + i + 1) - cut;
    std::memcpy(ends_.data() + i * kEndBytes, &end, kEndBytes);
  }
  std::memmove(text_.data() + kHeadBytes, text_.data() + kHeadBytes + cut,
               text_.size() - kHeadBytes - cut);
  text_.Resize(text_.size() - cut);
  ends_.Resize(left * kEndBytes);
}

}  // namespace webtrack
