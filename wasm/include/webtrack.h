/* The whole C interface of the webtrack core: one batch of page events, grown event by event as the
 * track JSON of Simple Log Service and handed out as an LZ4 block. Start here.
 *
 * Conventions
 *  1. A `webtrack_batch` is the open batch of one tracker. It is opaque, owns all of its memory,
 *     and is used by one thread at a time. Any number of them may exist.
 *  2. A function that returns int32_t returns a count or a size, >= 0, or a webtrack_status, < 0.
 *     After a failure the batch is exactly as it was before the call.
 *  3. Text goes in through the batch's own input area: ask webtrack_input for room, write UTF-8
 *     into it, then call the function that reads it. Text must be valid UTF-8; it is not checked.
 *  4. A list of strings has one of two notations. Terminated: each string followed by one NUL byte.
 *     Sized: each string preceded by its length in bytes, 32 bits, little endian; strings may then
 *     hold NUL. Of a log's terminated strings, a byte 0xFF, which no UTF-8 holds, may stand for a
 *     key and its value: the field at the same place of the last log with as many fields.
 *  5. The input area holds until the next webtrack_input with the same batch, sealed data until the
 *     next call with it.
 *  6. Sizes are in bytes and bounded by the batch's limits before anything is allocated.
 *  7. Nothing here throws, prints, or ends the process.
 *
 * Limits, status codes, compressions and actions are in webtrack_constants.h. The bytes that come
 * out are described in WIRE_FORMAT.md. */
#ifndef WEBTRACK_H_
#define WEBTRACK_H_

#include <stdint.h>

#include "webtrack_constants.h"

#ifdef __EMSCRIPTEN__
#  define WEBTRACK_API __attribute__((used)) /* which makes emcc export it */
#else
#  define WEBTRACK_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Raised whenever a signature, a status code or a convention changes. */
#define WEBTRACK_ABI_VERSION 1

typedef struct webtrack_batch webtrack_batch;

/* WEBTRACK_ABI_VERSION of the compiled core. */
WEBTRACK_API uint32_t webtrack_abi_version(void);

/* Makes an empty batch whose body, envelope included, never exceeds max_bytes and max_logs (0: the
 * defaults). NULL when a limit is above the endpoint's own, has no room for an empty body, or
 * memory is out. */
WEBTRACK_API webtrack_batch* webtrack_batch_create(uint32_t max_bytes, uint32_t max_logs);
WEBTRACK_API void webtrack_batch_destroy(webtrack_batch* batch); /* NULL is allowed */

/* The input area, with room for at least `bytes`; what was in it is lost. NULL when `bytes` is
 * above WEBTRACK_ENDPOINT_BYTES or memory is out. */
WEBTRACK_API uint8_t* webtrack_input(webtrack_batch* batch, uint32_t bytes);

/* Sets what all logs of the batch share, replacing the former envelope: source, topic, then key and
 * value of each tag, `strings` in all (2 + 2 per tag), in the sized notation, `length` bytes of the
 * input area. An empty topic is left out of the body. Returns the body's size if it were sealed
 * now. WEBTRACK_FULL when the open logs leave no room for it. */
WEBTRACK_API int32_t webtrack_envelope(webtrack_batch* batch, uint32_t length, uint32_t strings);

/* Appends one log: `fields` pairs of key and value, 2 * `fields` strings, `length` bytes of the
 * input area, in the terminated notation; `webtrack_append_sized` takes the sized one. Returns the
 * body's size if it were sealed now. WEBTRACK_MALFORMED also for a 0xFF without a log to refer to:
 * there is none before the first append and after a webtrack_discard. */
WEBTRACK_API int32_t webtrack_append(webtrack_batch* batch, uint32_t length, uint32_t fields);
WEBTRACK_API int32_t webtrack_append_sized(webtrack_batch* batch, uint32_t length, uint32_t fields);

/* Number of open logs. */
WEBTRACK_API uint32_t webtrack_logs(const webtrack_batch* batch);

/* Seals a body of as many of the oldest logs as fit into max_wire_bytes as sent, and returns how
 * many those are; 0 when the batch is empty or not one fits. The logs stay open until
 * webtrack_discard, so sealing may be repeated, say for a copy on disk. A body that compression
 * would not make smaller goes plain all the same: it is compressed exactly when
 * webtrack_sealed_bytes is less than webtrack_sealed_raw_bytes. */
WEBTRACK_API int32_t webtrack_seal(webtrack_batch* batch, webtrack_compression compression,
                                   uint32_t max_wire_bytes);
WEBTRACK_API const uint8_t* webtrack_sealed_data(const webtrack_batch* batch);
WEBTRACK_API uint32_t webtrack_sealed_bytes(const webtrack_batch* batch);     /* as sent */
WEBTRACK_API uint32_t webtrack_sealed_raw_bytes(const webtrack_batch* batch); /* as JSON */

/* Forgets the `logs` oldest logs (all of them when there are fewer). The envelope stays. */
WEBTRACK_API void webtrack_discard(webtrack_batch* batch, uint32_t logs);

/* The way back, for a batch that has to be sent again in parts or plain: decompresses the LZ4 block
 * in the first `length` bytes of the input area into what webtrack_sealed_data then holds, and
 * returns `raw_bytes`, which is the body's size. Whatever the bytes are, no harm comes of them:
 * WEBTRACK_MALFORMED when they are no block of exactly that size, WEBTRACK_TOO_LARGE when the size
 * is above WEBTRACK_ENDPOINT_BYTES. The open logs stay as they are. */
WEBTRACK_API int32_t webtrack_unpack(webtrack_batch* batch, uint32_t length, uint32_t raw_bytes);

/* Decides on a batch whose request has ended: with HTTP status `status` (0: no answer that could be
 * read) and, in the first `code_length` bytes of the input area, the errorCode of the answer's JSON
 * (0 when it has none). `compressed` says whether the body was, `attempts` how many requests have
 * failed in a row, this one included, `retry_after_ms` what the answer asked for or 0;
 * `random` spreads the delay. Returns a webtrack_action in the low 4 bits and in those above them
 * the delay in ms: 0 unless the action is RETRY or PAUSE, at most WEBTRACK_MAX_DELAY_MS. An
 * errorCode that the input area cannot hold counts as none. The batch is not changed. */
WEBTRACK_API uint32_t webtrack_decide(const webtrack_batch* batch, uint32_t status,
                                      uint32_t code_length, uint32_t compressed, uint32_t attempts,
                                      uint32_t retry_after_ms, uint32_t random);

#ifdef __cplusplus
}
#endif

#endif /* WEBTRACK_H_ */
