// The core's interface with nlohmann/json as its writer: the difference in time is what the core's
// own writer gains. For the benchmark only: it trusts its input, has no limits and seals whole
// batches.
#include <cstdlib>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "lz4_block.h"
#include "webtrack.h"

using Json = nlohmann::ordered_json;
using Fields = std::vector<std::pair<std::string, std::string>>;

struct webtrack_batch {
  std::string input;
  Json body = {{"__logs__", Json::array()}};
  std::map<uint32_t, Fields> last;  // by number of fields
  std::string wire;
  uint32_t raw_bytes = 0;
  webtrack::Lz4Block lz4;
};

namespace {

// Reads a string with its size in front; moves `at` past it.
std::string NextSized(const char*& at) {
  uint32_t size;
  std::memcpy(&size, at, sizeof(size));
  std::string text(at + sizeof(size), size);
  at += sizeof(size) + size;
  return text;
}

std::string NextTerminated(const char*& at) {
  std::string text(at);
  at += text.size() + 1;
  return text;
}

// Reads `count` fields. A mark stands for the field at the same index in `last`.
template <typename Next>
Fields ReadFields(const char* at, uint32_t count, const Fields& last, Next next) {
  Fields fields;
  for (uint32_t i = 0; i < count; ++i) {
    if (*at == '\xff') {
      fields.push_back(last[i]);
      ++at;
    } else {
      std::string key = next(at);
      fields.emplace_back(std::move(key), next(at));
    }
  }
  return fields;
}

Json ObjectOf(const Fields& fields) {
  Json object = Json::object();
  for (const auto& [key, value] : fields) object.emplace(key, value);
  return object;
}

template <typename Next>
int32_t Append(webtrack_batch* batch, uint32_t count, Next next) {
  Fields& last = batch->last[count];
  last = ReadFields(batch->input.data(), count, last, next);
  batch->body["__logs__"].push_back(ObjectOf(last));
  return 0;
}

}  // namespace

extern "C" {

// abort() of the C library would need an import that the glue does not provide.
void _Exit(int /*status*/) { __builtin_trap(); }

uint32_t webtrack_abi_version(void) { return WEBTRACK_ABI_VERSION; }

webtrack_batch* webtrack_batch_create(uint32_t /*max_bytes*/, uint32_t /*max_logs*/) {
  return new webtrack_batch;
}

uint8_t* webtrack_input(webtrack_batch* batch, uint32_t bytes) {
  batch->input.resize(bytes);
  return reinterpret_cast<uint8_t*>(batch->input.data());
}

int32_t webtrack_envelope(webtrack_batch* batch, uint32_t /*length*/, uint32_t strings) {
  const char* at = batch->input.data();
  batch->body["__source__"] = NextSized(at);
  batch->body["__topic__"] = NextSized(at);
  batch->body["__tags__"] = ObjectOf(ReadFields(at, strings / 2 - 1, {}, NextSized));
  return 0;
}

int32_t webtrack_append(webtrack_batch* batch, uint32_t /*length*/, uint32_t fields) {
  return Append(batch, fields, NextTerminated);
}

int32_t webtrack_append_sized(webtrack_batch* batch, uint32_t /*length*/, uint32_t fields) {
  return Append(batch, fields, NextSized);
}

uint32_t webtrack_logs(const webtrack_batch* batch) {
  return static_cast<uint32_t>(batch->body["__logs__"].size());
}

int32_t webtrack_seal(webtrack_batch* batch, webtrack_compression /*compression*/,
                      uint32_t /*max_wire_bytes*/) {
  const std::string raw = batch->body.dump();
  batch->raw_bytes = static_cast<uint32_t>(raw.size());
  batch->wire.resize(webtrack::Lz4Block::Bound(batch->raw_bytes));
  batch->wire.resize(batch->lz4.Compress(raw.data(), batch->raw_bytes, batch->wire.data()));
  return static_cast<int32_t>(webtrack_logs(batch));
}

const uint8_t* webtrack_sealed_data(const webtrack_batch* batch) {
  return reinterpret_cast<const uint8_t*>(batch->wire.data());
}

uint32_t webtrack_sealed_bytes(const webtrack_batch* batch) {
  return static_cast<uint32_t>(batch->wire.size());
}

uint32_t webtrack_sealed_raw_bytes(const webtrack_batch* batch) { return batch->raw_bytes; }

void webtrack_discard(webtrack_batch* batch, uint32_t /*logs*/) {
  batch->body["__logs__"] = Json::array();
}

}  // extern "C"
