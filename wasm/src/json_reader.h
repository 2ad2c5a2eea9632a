// Checks JSON that comes back from a disk, where anything may have happened to it.
#ifndef WEBTRACK_JSON_READER_H_
#define WEBTRACK_JSON_READER_H_

namespace webtrack {

// Skips one flat object of strings, {"key":"value",…} without white space, as json_writer.h and
// JSON.stringify write it: valid UTF-8, \u for control characters alone. `at` is text
// with a NUL behind its end, and no more than that NUL is read. Returns what follows the object, or
// nullptr when there is none.
const char* SkipFlatObject(const char* at);

}  // namespace webtrack

#endif  // WEBTRACK_JSON_READER_H_
