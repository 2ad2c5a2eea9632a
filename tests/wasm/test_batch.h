// Wraps a webtrack_batch for tests. It uses the C interface in the same way as the glue, and
// decompresses sealed bodies with liblz4.
#ifndef WEBTRACK_TESTS_TEST_BATCH_H_
#define WEBTRACK_TESTS_TEST_BATCH_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "webtrack.h"

namespace webtrack {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Sealed {
  int32_t logs;      // as webtrack_seal returned it
  std::string wire;  // as sent
  std::string body;  // decompressed
};

class TestBatch {
 public:
  explicit TestBatch(uint32_t max_bytes = 0, uint32_t max_logs = 0)
      : batch_(webtrack_batch_create(max_bytes, max_logs)) {}
  ~TestBatch() { webtrack_batch_destroy(batch_); }
  TestBatch(const TestBatch&) = delete;
  TestBatch& operator=(const TestBatch&) = delete;

  webtrack_batch* get() { return batch_; }

  // Appends in the terminated notation, with a mark for each field that equals the field of the
  // last log with as many fields. Falls back to the sized notation when a text contains NUL.
  int32_t Append(const Fields& fields);
  int32_t AppendSized(const Fields& fields);
  int32_t SetEnvelope(const std::string& source, const std::string& topic, const Fields& tags);

  void Discard(uint32_t logs);

  Sealed Seal(webtrack_compression compression = WEBTRACK_LZ4,
              uint32_t max_wire_bytes = WEBTRACK_NO_BOUND);

  // Passes `block` to webtrack_unpack; it need not be a valid block. Unpacked() returns the result.
  int32_t Unpack(const std::string& block, size_t raw_bytes);
  std::string Unpacked() const;

  // Returns the body of all open logs.
  std::string Body() { return Seal(WEBTRACK_PLAIN).body; }

 private:
  bool Write(const std::string& text);
  int32_t Remember(const Fields& fields, int32_t result);

  webtrack_batch* batch_;
  std::map<size_t, Fields> last_;  // by number of fields
};

}  // namespace webtrack

#endif  // WEBTRACK_TESTS_TEST_BATCH_H_
