/* Calls every function of the C interface from C. */
#include <lz4.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "webtrack.h"

#define CHECK(condition)                                                      \
  do {                                                                        \
    if (!(condition)) {                                                       \
      fprintf(stderr, "%s:%d: failed: %s\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                                \
    }                                                                         \
  } while (0)

/* Expands to a literal, which may contain NUL, and its length in bytes. */
#define TEXT(literal) literal, sizeof(literal) - 1

static uint32_t put(webtrack_batch* batch, const char* text, size_t length) {
  uint8_t* input = webtrack_input(batch, (uint32_t)length);
  CHECK(input != NULL);
  memcpy(input, text, length);
  return (uint32_t)length;
}

static void expect_sealed(webtrack_batch* batch, webtrack_compression compression,
                          const char* expected) {
  const int32_t logs = webtrack_seal(batch, compression, WEBTRACK_NO_BOUND);
  const uint32_t bytes = webtrack_sealed_bytes(batch);
  const uint32_t raw_bytes = webtrack_sealed_raw_bytes(batch);
  const char* data = (const char*)webtrack_sealed_data(batch);
  char* body = malloc(raw_bytes);
  CHECK(logs == (int32_t)webtrack_logs(batch));
  CHECK(raw_bytes == strlen(expected));
  if (bytes < raw_bytes) {
    CHECK(LZ4_decompress_safe(data, body, (int)bytes, (int)raw_bytes) == (int)raw_bytes);
  } else {
    CHECK(bytes == raw_bytes);
    memcpy(body, data, bytes);
  }
  CHECK(memcmp(body, expected, raw_bytes) == 0);
  free(body);
}

static void check_limits(void) {
  webtrack_batch* batch;
  uint32_t length;
  CHECK(webtrack_batch_create(WEBTRACK_ENDPOINT_BYTES + 1, 0) == NULL);
  CHECK(webtrack_batch_create(0, WEBTRACK_ENDPOINT_LOGS + 1) == NULL);
  webtrack_batch_destroy(NULL);

  batch = webtrack_batch_create(60, 2);
  CHECK(batch != NULL);
  CHECK(webtrack_logs(batch) == 0);
  CHECK(webtrack_seal(batch, WEBTRACK_LZ4, WEBTRACK_NO_BOUND) == 0);
  CHECK(webtrack_input(batch, WEBTRACK_ENDPOINT_BYTES + 1) == NULL);
  CHECK(webtrack_input(batch, WEBTRACK_ENDPOINT_BYTES) != NULL);
  length = put(batch, TEXT("k\0a long value that does not fit into so small a batch\0"));
  CHECK(webtrack_append(batch, length, 1) == WEBTRACK_TOO_LARGE);
  length = put(batch, TEXT("k\0v\0"));
  CHECK(webtrack_append(batch, length, 1) > 0);
  CHECK(webtrack_append(batch, length, 1) > 0);
  CHECK(webtrack_append(batch, length, 1) == WEBTRACK_FULL);
  webtrack_batch_destroy(batch);
}

/* Leaves one log in the batch. */
static void check_append_and_seal(webtrack_batch* batch) {
  uint32_t length;
  int32_t result;
  length = put(batch, TEXT("event\0click\0x\0"
                           "1\0"));
  result = webtrack_append(batch, length, 2);
  CHECK(result > 0 && webtrack_logs(batch) == 1);
  expect_sealed(batch, WEBTRACK_PLAIN,
                "{\"__logs__\":[{\"event\":\"click\",\"x\":\"1\"}],\"__source__\":\"\"}");
  CHECK(webtrack_sealed_bytes(batch) == (uint32_t)result);

  length = put(batch, TEXT("\xff"
                           "x\0"
                           "2\0"));
  CHECK(webtrack_append(batch, length, 2) > result);
  expect_sealed(batch, WEBTRACK_LZ4,
                "{\"__logs__\":[{\"event\":\"click\",\"x\":\"1\"},"
                "{\"event\":\"click\",\"x\":\"2\"}],\"__source__\":\"\"}");
  expect_sealed(batch, WEBTRACK_LZ4_HC,
                "{\"__logs__\":[{\"event\":\"click\",\"x\":\"1\"},"
                "{\"event\":\"click\",\"x\":\"2\"}],\"__source__\":\"\"}");
  webtrack_discard(batch, 1);

  length = put(batch, TEXT("k\0a\0b\0"));
  CHECK(webtrack_append(batch, length, 1) == WEBTRACK_NUL_IN_TEXT);
  length = put(batch, TEXT("\1\0\0\0k\3\0\0\0a\0b"));
  CHECK(webtrack_append_sized(batch, length, 1) > result);
  CHECK(webtrack_logs(batch) == 2);
  CHECK(webtrack_append_sized(batch, length, 2) == WEBTRACK_MALFORMED);

  length = put(batch, TEXT("\1\0\0\0s\1\0\0\0t\1\0\0\0a\1\0\0\0b"));
  CHECK(webtrack_envelope(batch, length, 4) > 0);
  CHECK(webtrack_envelope(batch, length, 3) == WEBTRACK_MALFORMED);
  expect_sealed(batch, WEBTRACK_LZ4,
                "{\"__logs__\":[{\"event\":\"click\",\"x\":\"2\"},{\"k\":\"a\\u0000b\"}],"
                "\"__source__\":\"s\",\"__topic__\":\"t\",\"__tags__\":{\"a\":\"b\"}}");

  CHECK(webtrack_seal(batch, WEBTRACK_PLAIN, 20) == 0);
  CHECK(webtrack_sealed_bytes(batch) == 0);
  webtrack_discard(batch, 1);
  expect_sealed(batch, WEBTRACK_LZ4,
                "{\"__logs__\":[{\"k\":\"a\\u0000b\"}],"
                "\"__source__\":\"s\",\"__topic__\":\"t\",\"__tags__\":{\"a\":\"b\"}}");
}

static void check_unpack_and_decide(webtrack_batch* batch) {
  uint32_t length = put(batch, TEXT("\x50"
                                    "hello"));
  CHECK(webtrack_unpack(batch, length, 6) == WEBTRACK_MALFORMED);
  CHECK(webtrack_unpack(batch, length, WEBTRACK_ENDPOINT_BYTES + 1) == WEBTRACK_TOO_LARGE);
  CHECK(webtrack_unpack(batch, UINT32_MAX, 5) == WEBTRACK_MALFORMED);
  CHECK(webtrack_sealed_bytes(batch) == 0);
  CHECK(webtrack_unpack(batch, length, 5) == 5);
  CHECK(memcmp(webtrack_sealed_data(batch), "hello", 5) == 0);

  length = put(batch, TEXT("PostBodyInvalid"));
  CHECK(webtrack_decide(batch, 400, length, 1, 1, 0, 0) == WEBTRACK_BISECT);
  CHECK(webtrack_decide(batch, 503, 0, 1, 1, 2000, 0) == (2000 << 4 | WEBTRACK_RETRY));
  CHECK(webtrack_logs(batch) == 1);
}

int main(void) {
  webtrack_batch* batch = webtrack_batch_create(0, 0);
  CHECK(batch != NULL);
  CHECK(webtrack_abi_version() == WEBTRACK_ABI_VERSION);
  check_limits();
  check_append_and_seal(batch);
  check_unpack_and_decide(batch);
  webtrack_batch_destroy(batch);
  return 0;
}
