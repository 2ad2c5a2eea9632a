// Implements the C interface: checks the arguments and calls the C++ classes.
#include "webtrack.h"

#include <new>

#include "byte_buffer.h"
#include "retry_policy.h"
#include "sealed_batch.h"
#include "track_body.h"

using webtrack::ByteBuffer;
using webtrack::SealedBatch;
using webtrack::StringList;
using webtrack::Text;
using webtrack::TrackBody;

struct webtrack_batch {
  webtrack_batch(uint32_t max_bytes, uint32_t max_logs)
      : input(WEBTRACK_ENDPOINT_BYTES), body(max_bytes, max_logs) {}

  // Sets `list` to the `count` strings in the first `bytes` of the input area. Returns false when
  // the input area is smaller.
  bool Input(uint32_t bytes, uint32_t count, Text notation, StringList* list) const {
    *list = {input.data(), bytes, count, notation};
    return bytes <= input.room();
  }

  ByteBuffer input;  // its size stays 0; its room is the input area
  TrackBody body;
  SealedBatch sealed;
};

namespace {

int32_t Append(webtrack_batch* batch, uint32_t length, uint32_t fields, Text notation) {
  StringList list;
  if (fields > length || !batch->Input(length, 2 * fields, notation, &list)) {
    return WEBTRACK_MALFORMED;
  }
  return batch->body.Append(list);
}

}  // namespace

extern "C" {

uint32_t webtrack_abi_version(void) { return WEBTRACK_ABI_VERSION; }

webtrack_batch* webtrack_batch_create(uint32_t max_bytes, uint32_t max_logs) {
  if (max_bytes == 0) max_bytes = WEBTRACK_DEFAULT_BYTES;
  if (max_logs == 0) max_logs = WEBTRACK_DEFAULT_LOGS;
  if (max_bytes > WEBTRACK_ENDPOINT_BYTES || max_logs > WEBTRACK_ENDPOINT_LOGS) return nullptr;
  void* memory = std::malloc(sizeof(webtrack_batch));
  if (memory == nullptr) return nullptr;
  auto* batch = new (memory) webtrack_batch(max_bytes, max_logs);
  if (batch->body.Start()) return batch;
  webtrack_batch_destroy(batch);
  return nullptr;
}

void webtrack_batch_destroy(webtrack_batch* batch) {
  if (batch == nullptr) return;
  batch->~webtrack_batch();
  std::free(batch);
}

uint8_t* webtrack_input(webtrack_batch* batch, uint32_t bytes) {
  // Return a pointer even for 0 bytes: NULL means out of memory.
  if (!batch->input.Reserve(bytes > 0 ? bytes : 1)) return nullptr;
  return reinterpret_cast<uint8_t*>(batch->input.data());
}

int32_t webtrack_envelope(webtrack_batch* batch, uint32_t length, uint32_t strings) {
  StringList list;
  if (!batch->Input(length, strings, Text::kSized, &list)) return WEBTRACK_MALFORMED;
  return batch->body.SetEnvelope(list);
}

int32_t webtrack_append(webtrack_batch* batch, uint32_t length, uint32_t fields) {
  return Append(batch, length, fields, Text::kTerminated);
}

int32_t webtrack_append_sized(webtrack_batch* batch, uint32_t length, uint32_t fields) {
  return Append(batch, length, fields, Text::kSized);
}

uint32_t webtrack_logs(const webtrack_batch* batch) { return batch->body.logs(); }

int32_t webtrack_seal(webtrack_batch* batch, webtrack_compression compression,
                      uint32_t max_wire_bytes) {
  return batch->sealed.Seal(batch->body, compression, max_wire_bytes);
}

const uint8_t* webtrack_sealed_data(const webtrack_batch* batch) {
  return reinterpret_cast<const uint8_t*>(batch->sealed.data());
}

uint32_t webtrack_sealed_bytes(const webtrack_batch* batch) { return batch->sealed.bytes(); }

uint32_t webtrack_sealed_raw_bytes(const webtrack_batch* batch) {
  return batch->sealed.raw_bytes();
}

void webtrack_discard(webtrack_batch* batch, uint32_t logs) { batch->body.Discard(logs); }

int32_t webtrack_unpack(webtrack_batch* batch, uint32_t length, uint32_t raw_bytes) {
  if (length > batch->input.room()) return WEBTRACK_MALFORMED;
  return batch->sealed.Unpack(batch->input.data(), length, raw_bytes);
}

uint32_t webtrack_decide(const webtrack_batch* batch, uint32_t status, uint32_t code_length,
                         uint32_t compressed, uint32_t failures, uint32_t retry_after_ms,
                         uint32_t random) {
  if (code_length > batch->input.room()) code_length = 0;
  return webtrack::Decide({status, batch->input.data(), code_length, compressed != 0, failures,
                           retry_after_ms, random});
}

}  // extern "C"
