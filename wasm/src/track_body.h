// The open batch: the track JSON itself, grown one log at a time, and cut at log boundaries.
//
//   body     = head logs "]" envelope "}"
//   head     = {"__logs__":[
//   logs     = [ log *( "," log ) ]
//   log      = "{" [ field *( "," field ) ] "}"
//   field    = string ":" string
//   envelope = ,"__source__":string [ ,"__topic__":string ] [ ,"__tags__":log ]
//
// The envelope stands last, so that a batch can be cut after any log and so that what the envelope
// says is decided when the batch is sealed.
#ifndef WEBTRACK_TRACK_BODY_H_
#define WEBTRACK_TRACK_BODY_H_

#include <cstdint>

#include "byte_buffer.h"
#include "json_writer.h"
#include "webtrack_constants.h"

namespace webtrack {

// A list of strings in the input area, in one of the notations of webtrack.h.
struct StringList {
  const char* data;
  uint32_t bytes;
  uint32_t count;
  Text notation;
};

// Where each field of a log begins in the text, with its "{" or ",", and where the log's "}"
// stands.
using Places = uint32_t[WEBTRACK_REMEMBERED_FIELDS + 1];

class TrackBody {
 public:
  // No body will exceed `max_bytes` or `max_logs`; both at most the endpoint's own.
  TrackBody(uint32_t max_bytes, uint32_t max_logs);

  // Writes the parts that are always there. False when memory is out or the limit is
  // below them; nothing else may then be called.
  bool Start();

  // The body's size if it were sealed now, or a status; see webtrack_envelope and webtrack_append.
  int32_t SetEnvelope(const StringList& strings);
  int32_t Append(const StringList& fields);

  uint32_t logs() const { return ends_.size() / sizeof(uint32_t); }

  // Size of the body that holds the `logs` oldest logs.
  uint32_t BytesOf(uint32_t logs) const;

  // Calls `use(body, bytes)` with the body of the `logs` oldest logs, made in place for that
  // moment. False, without the call, when memory is out.
  template <typename Use>
  bool WithBody(uint32_t logs, Use use) {
    if (!CloseAfter(logs)) return false;
    use(static_cast<const char*>(text_.data()), BytesOf(logs));
    Reopen(logs);
    return true;
  }

  void Discard(uint32_t logs);  // the oldest; all when there are fewer

 private:
  uint32_t EndOf(uint32_t logs) const;  // offset in text_
  int32_t AppendLog(const StringList& fields);
  bool CloseAfter(uint32_t logs);
  void Reopen(uint32_t logs);

  uint32_t max_bytes_;
  uint32_t max_logs_;
  ByteBuffer text_;      // head and logs, without a trailing comma
  ByteBuffer ends_;      // where each log ends in text_, 32 bits each
  ByteBuffer envelope_;  // from the logs' closing bracket to the end of the body
  ByteBuffer covered_;   // what CloseAfter has written over
  Places places_ = {};   // of the log being appended
  // Of the last log with as many fields as the index says; all 0 while there is none, as always at
  // index 0, where logs of no field and of too many look.
  Places remembered_[WEBTRACK_REMEMBERED_FIELDS + 1] = {};
};

}  // namespace webtrack

#endif  // WEBTRACK_TRACK_BODY_H_
