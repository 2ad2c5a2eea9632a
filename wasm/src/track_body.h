// The open batch. It holds the JSON of the logs, appends one log at a time, and can produce a body
// with any number of the oldest logs.
//
//   body     = head logs "]" envelope "}"
//   head     = {"__logs__":[
//   logs     = [ log *( "," log ) ]
//   log      = "{" [ field *( "," field ) ] "}"
//   field    = string ":" string
//   envelope = ,"__source__":string [ ,"__topic__":string ] [ ,"__tags__":log ]
//
// The envelope comes last, so a batch can be cut after any log, and the envelope may change until
// the batch is sealed.
#ifndef WEBTRACK_TRACK_BODY_H_
#define WEBTRACK_TRACK_BODY_H_

#include <cstdint>

#include "byte_buffer.h"
#include "json_writer.h"
#include "webtrack_constants.h"

namespace webtrack {

// A list of strings in one of the notations of webtrack.h. The data stays in the input area.
struct StringList {
  const char* data;
  uint32_t bytes;
  uint32_t count;
  Text notation;
};

// Offsets in the text: where each field of a log begins, including the "{" or "," before it, then
// where the log's "}" is.
using FieldOffsets = uint32_t[WEBTRACK_REMEMBERED_FIELDS + 1];

class TrackBody {
 public:
  // No body will exceed `max_bytes` or `max_logs`, which must not exceed the endpoint's limits.
  TrackBody(uint32_t max_bytes, uint32_t max_logs);

  // Writes an empty body. Call it first. Returns false when memory runs out or `max_bytes` is too
  // small for an empty body; then call nothing else.
  bool Start();

  // Return the size that the body would have if sealed now, or a status. See webtrack_envelope and
  // webtrack_append.
  int32_t SetEnvelope(const StringList& strings);
  int32_t Append(const StringList& fields);

  uint32_t logs() const { return ends_.size() / sizeof(uint32_t); }

  // Returns the size of the body with the `logs` oldest logs.
  uint32_t BytesOf(uint32_t logs) const;

  // Calls `use(body, bytes)` with the body of the `logs` oldest logs. The body is built in place
  // and is valid only during the call. Returns false without the call when memory runs out.
  template <typename Use>
  bool WithBody(uint32_t logs, Use use) {
    if (!CloseAfter(logs)) return false;
    use(static_cast<const char*>(text_.data()), BytesOf(logs));
    Reopen(logs);
    return true;
  }

  void Discard(uint32_t logs);  // removes the oldest logs; all of them when there are fewer

 private:
  uint32_t EndOf(uint32_t logs) const;  // offset in text_
  int32_t AppendLog(const StringList& fields);
  bool CloseAfter(uint32_t logs);
  void Reopen(uint32_t logs);

  uint32_t max_bytes_;
  uint32_t max_logs_;
  ByteBuffer text_;            // head and logs, without a trailing comma
  ByteBuffer ends_;            // where each log ends in text_, 32 bits each
  ByteBuffer envelope_;        // from the logs' closing bracket to the end of the body
  ByteBuffer overwritten_;     // the bytes of text_ that CloseAfter replaced with the envelope
  FieldOffsets offsets_ = {};  // fields of the log that is being appended
  // remembered_[n]: the last log with n fields; all 0 when there is none. Index 0 stays all 0: logs
  // without fields, and logs with too many, are not remembered.
  FieldOffsets remembered_[WEBTRACK_REMEMBERED_FIELDS + 1] = {};
};

}  // namespace webtrack

#endif  // WEBTRACK_TRACK_BODY_H_
