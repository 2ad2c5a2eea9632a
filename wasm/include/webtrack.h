/* The complete C interface of the webtrack core. Start here.
 *
 * The core collects page events in a batch. It writes each event into the batch as the JSON that
 * Simple Log Service expects, and returns the batch as JSON or as one LZ4 block.
 *
 * Conventions
 *  1. A `webtrack_batch` is an open batch. It is opaque and owns all of its memory. Only one thread
 *     may use it at a time. You may create any number of batches.
 *  2. A function that returns int32_t returns a count or a size (>= 0) on success, or a
 *     webtrack_status (< 0) on failure. A failed call leaves the batch unchanged.
 *  3. Text is passed in the batch's input area: call webtrack_input to get room, write UTF-8 there,
 *     then call the function that reads it. The text must be valid UTF-8; the core does not check.
 *  4. A list of strings uses one of two notations. Terminated: a NUL byte follows each string.
 *     Sized: the length in bytes precedes each string (32 bits, little endian); such strings may
 *     contain NUL. In a log's terminated list, one byte 0xFF may replace a key and its value. It
 *     means: copy the field at this position from the last log that had the same number of fields.
 *     0xFF never occurs in UTF-8, so it cannot be mistaken for text.
 *  5. The input area is valid until the next webtrack_input with the same batch. Sealed data is
 *     valid until the next call with the same batch.
 *  6. Sizes are in bytes. They are checked against the batch's limits before memory is allocated.
 *  7. No function throws, prints or ends the process.
 *
 * Limits, status codes, compressions and actions are in webtrack_constants.h. WIRE_FORMAT.md
 * describes the output. */
#ifndef WEBTRACK_H_
#define WEBTRACK_H_

#include <stdint.h>

#include "webtrack_constants.h"

#ifdef __EMSCRIPTEN__
#  define WEBTRACK_API __attribute__((used)) /* makes emcc export the function */
#else
#  define WEBTRACK_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Increased when a signature, a status code or a convention changes. */
#define WEBTRACK_ABI_VERSION 1

typedef struct webtrack_batch webtrack_batch;

/* Returns the WEBTRACK_ABI_VERSION that the core was compiled with. */
WEBTRACK_API uint32_t webtrack_abi_version(void);

/* Creates an empty batch. Its body, including the envelope, never exceeds max_bytes and max_logs;
 * pass 0 for the default. Returns NULL when a limit exceeds the endpoint's limit, when max_bytes is
 * too small for an empty body, or when memory runs out. Free it with webtrack_batch_destroy. */
WEBTRACK_API webtrack_batch* webtrack_batch_create(uint32_t max_bytes, uint32_t max_logs);
WEBTRACK_API void webtrack_batch_destroy(webtrack_batch* batch); /* NULL is allowed */

/* Returns the input area, with room for at least `bytes`. Its previous content is lost. Returns
 * NULL when `bytes` exceeds WEBTRACK_ENDPOINT_BYTES or memory runs out. */
WEBTRACK_API uint8_t* webtrack_input(webtrack_batch* batch, uint32_t bytes);

/* Sets the envelope, which all logs of the batch share; it replaces the previous envelope. The
 * first `length` bytes of the input area hold `strings` strings in the sized notation: the source,
 * the topic, then the key and the value of each tag. The body omits an empty topic. Returns the
 * size that the body would have if sealed now, or WEBTRACK_FULL when the open logs leave no room
 * for the new envelope. */
WEBTRACK_API int32_t webtrack_envelope(webtrack_batch* batch, uint32_t length, uint32_t strings);

/* Appends one log. The first `length` bytes of the input area hold the keys and values of `fields`
 * fields (2 * `fields` strings): webtrack_append reads the terminated notation,
 * webtrack_append_sized the sized one. Returns the size that the body would have if sealed now.
 * Returns WEBTRACK_MALFORMED when 0xFF refers to no log: webtrack_discard forgets all logs that
 * 0xFF could refer to. */
WEBTRACK_API int32_t webtrack_append(webtrack_batch* batch, uint32_t length, uint32_t fields);
WEBTRACK_API int32_t webtrack_append_sized(webtrack_batch* batch, uint32_t length, uint32_t fields);

/* Returns the number of open logs. */
WEBTRACK_API uint32_t webtrack_logs(const webtrack_batch* batch);

/* Seals a body with as many of the oldest logs as fit into max_wire_bytes after compression.
 * Returns the number of logs in the body: 0 when the batch is empty or no log fits. The logs stay
 * open until webtrack_discard, so you may seal them again, for example to save a copy. The body
 * stays uncompressed when compression would not make it smaller. It is compressed exactly when
 * webtrack_sealed_bytes is less than webtrack_sealed_raw_bytes. */
WEBTRACK_API int32_t webtrack_seal(webtrack_batch* batch, webtrack_compression compression,
                                   uint32_t max_wire_bytes);
WEBTRACK_API const uint8_t* webtrack_sealed_data(const webtrack_batch* batch);
WEBTRACK_API uint32_t webtrack_sealed_bytes(const webtrack_batch* batch);     /* as sent */
WEBTRACK_API uint32_t webtrack_sealed_raw_bytes(const webtrack_batch* batch); /* as JSON */

/* Removes the `logs` oldest logs, or all logs when the batch has fewer. Keeps the envelope. */
WEBTRACK_API void webtrack_discard(webtrack_batch* batch, uint32_t logs);

/* Decompresses a sealed batch that must be sent again in parts or uncompressed. The first `length`
 * bytes of the input area hold an LZ4 block; `raw_bytes` is the size of the body in it. On success
 * webtrack_sealed_data returns the body, and the function returns `raw_bytes`. Any input is safe:
 * the function returns WEBTRACK_MALFORMED when the bytes are not a block of exactly that size, and
 * WEBTRACK_TOO_LARGE when `raw_bytes` exceeds WEBTRACK_ENDPOINT_BYTES. The open logs do not
 * change. */
WEBTRACK_API int32_t webtrack_unpack(webtrack_batch* batch, uint32_t length, uint32_t raw_bytes);

/* Decides what to do with a batch after its request has ended.
 *  - `status`: the HTTP status, or 0 when no answer could be read.
 *  - `code_length`: the first `code_length` bytes of the input area hold the errorCode of the JSON
 *    answer. Pass 0 when there is none. A length beyond the input area counts as 0.
 *  - `compressed`: whether the body was compressed.
 *  - `failures`: how many requests have failed in a row, including this one.
 *  - `retry_after_ms`: the Retry-After of the answer in milliseconds, or 0.
 *  - `random`: a random number, which varies the delay.
 * Returns a webtrack_action in the low 4 bits and the delay in milliseconds in the bits above. The
 * delay is 0 unless the action is RETRY or PAUSE; it is at most WEBTRACK_MAX_DELAY_MS. The batch
 * does not change. */
WEBTRACK_API uint32_t webtrack_decide(const webtrack_batch* batch, uint32_t status,
                                      uint32_t code_length, uint32_t compressed, uint32_t failures,
                                      uint32_t retry_after_ms, uint32_t random);

#ifdef __cplusplus
}
#endif

#endif /* WEBTRACK_H_ */
