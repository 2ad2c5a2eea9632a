#include "test_batch.h"

#include <gtest/gtest.h>
#include <lz4.h>

#include <cstring>

#include "sized_list.h"

namespace webtrack {
namespace {

std::vector<std::string> Flat(const Fields& fields) {
  std::vector<std::string> strings;
  for (const auto& [key, value] : fields) {
    strings.push_back(key);
    strings.push_back(value);
  }
  return strings;
}

}  // namespace

bool TestBatch::Write(const std::string& text) {
  uint8_t* input = webtrack_input(batch_, static_cast<uint32_t>(text.size()));
  if (input == nullptr) return text.empty();
  std::memcpy(input, text.data(), text.size());
  return true;
}

int32_t TestBatch::Append(const Fields& fields) {
  const Fields last = last_[fields.size()];
  std::string list;
  for (size_t i = 0; i < fields.size(); ++i) {
    const auto& [key, value] = fields[i];
    list += i < last.size() && fields[i] == last[i] ? "\xff" : key + '\0' + value + '\0';
  }
  if (!Write(list)) return WEBTRACK_TOO_LARGE;
  const int32_t result = webtrack_append(batch_, static_cast<uint32_t>(list.size()),
                                         static_cast<uint32_t>(fields.size()));
  return result == WEBTRACK_NUL_IN_TEXT ? AppendSized(fields) : Remember(fields, result);
}

int32_t TestBatch::AppendSized(const Fields& fields) {
  const std::string list = SizedList(Flat(fields));
  if (!Write(list)) return WEBTRACK_TOO_LARGE;
  return Remember(fields, webtrack_append_sized(batch_, static_cast<uint32_t>(list.size()),
                                                static_cast<uint32_t>(fields.size())));
}

int32_t TestBatch::Remember(const Fields& fields, int32_t result) {
  if (result > 0 && fields.size() <= WEBTRACK_REMEMBERED_FIELDS) last_[fields.size()] = fields;
  return result;
}

void TestBatch::Discard(uint32_t logs) {
  webtrack_discard(batch_, logs);
  last_.clear();
}

int32_t TestBatch::SetEnvelope(const std::string& source, const std::string& topic,
                               const Fields& tags) {
  std::vector<std::string> strings = Flat(tags);
  strings.insert(strings.begin(), {source, topic});
  const std::string list = SizedList(strings);
  if (!Write(list)) return WEBTRACK_TOO_LARGE;
  return webtrack_envelope(batch_, static_cast<uint32_t>(list.size()),
                           static_cast<uint32_t>(strings.size()));
}

Sealed TestBatch::Seal(webtrack_compression compression, uint32_t max_wire_bytes) {
  Sealed sealed;
  sealed.logs = webtrack_seal(batch_, compression, max_wire_bytes);
  sealed.wire.assign(reinterpret_cast<const char*>(webtrack_sealed_data(batch_)),
                     webtrack_sealed_bytes(batch_));
  sealed.body.resize(webtrack_sealed_raw_bytes(batch_));
  if (sealed.wire.size() == sealed.body.size()) {
    sealed.body = sealed.wire;
  } else {
    EXPECT_LT(sealed.wire.size(), sealed.body.size());
    const int bytes = LZ4_decompress_safe(sealed.wire.data(), sealed.body.data(),
                                          static_cast<int>(sealed.wire.size()),
                                          static_cast<int>(sealed.body.size()));
    EXPECT_EQ(bytes, static_cast<int>(sealed.body.size()));
  }
  return sealed;
}

int32_t TestBatch::Unpack(const std::string& block, size_t raw_bytes) {
  if (!Write(block)) return WEBTRACK_TOO_LARGE;
  return webtrack_unpack(batch_, static_cast<uint32_t>(block.size()),
                         static_cast<uint32_t>(raw_bytes));
}

std::string TestBatch::Unpacked() const {
  return {reinterpret_cast<const char*>(webtrack_sealed_data(batch_)),
          webtrack_sealed_bytes(batch_)};
}

}  // namespace webtrack
