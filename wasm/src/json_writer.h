// Writes UTF-8 text as JSON strings into a byte buffer.
#ifndef WEBTRACK_JSON_WRITER_H_
#define WEBTRACK_JSON_WRITER_H_

#include <cstdint>

#include "byte_buffer.h"

namespace webtrack {

// How the end of a string is known: at the first NUL, or from its size. A sized string may contain
// NUL.
enum class Text { kTerminated, kSized };

// Appends `lead`, then the text that starts at `begin` as a quoted JSON string. With kTerminated
// the text ends at the first NUL or, without one, at `end`; with kSized it ends at `end`. Escapes
// only the quote, the backslash and the control characters, as RFC 8259 section 7 requires
// (https://www.rfc-editor.org/rfc/rfc8259#section-7). Returns the position where the text ended.
// Returns nullptr when the buffer could not grow; the caller must then cut off the partial string.
const char* AppendJsonString(ByteBuffer& out, char lead, const char* begin, const char* end,
                             Text text);

}  // namespace webtrack

#endif  // WEBTRACK_JSON_WRITER_H_
