// UTF-8 text to JSON string literals in a byte buffer. Knows nothing of events.
#ifndef WEBTRACK_JSON_WRITER_H_
#define WEBTRACK_JSON_WRITER_H_

#include <cstdint>

#include "byte_buffer.h"

namespace webtrack {

// Where a terminated string ends is found while it is escaped; a sized one may hold NUL.
enum class Text { kTerminated, kSized };

// Appends `lead`, then the text from `begin` as a quoted JSON string: up to the first NUL for
// kTerminated, up to `end` for kSized or where there is none. Escapes the quote, the backslash and
// the control characters, as RFC 8259 section 7 requires, and nothing else. Returns where it
// stopped (the NUL; `end`), or nullptr when the buffer refused to grow; it then holds a part of the
// string, which the caller cuts off.
const char* AppendJsonString(ByteBuffer& out, char lead, const char* begin, const char* end,
                             Text text);

}  // namespace webtrack

#endif  // WEBTRACK_JSON_WRITER_H_
