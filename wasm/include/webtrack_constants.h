/* The numbers of webtrack.h: limits, status codes, compressions, actions. They have a file of
 * their own, so that the core's sources need not include the interface that is built on them. */
#ifndef WEBTRACK_CONSTANTS_H_
#define WEBTRACK_CONSTANTS_H_

#include <stdint.h>

/* What the endpoint accepts in one request; no limit may be set above these. */
#define WEBTRACK_ENDPOINT_BYTES 10485760 /* JSON body before compression */
#define WEBTRACK_ENDPOINT_LOGS 4096

/* Limits of a batch that was created with 0 for them. The endpoint's documents also name 3 MB as
 * its bound; staying below it costs nothing. */
#define WEBTRACK_DEFAULT_BYTES 2800000
#define WEBTRACK_DEFAULT_LOGS 4096

/* Logs of more fields than these are not remembered for 0xFF. */
#define WEBTRACK_REMEMBERED_FIELDS 31

/* `max_wire_bytes` of webtrack_seal: no bound but the batch's own. */
#define WEBTRACK_NO_BOUND UINT32_MAX

typedef enum webtrack_status {
  WEBTRACK_NO_MEMORY = -1,   /* memory ran out */
  WEBTRACK_FULL = -2,        /* fits no more into this batch: seal, discard, append again */
  WEBTRACK_TOO_LARGE = -3,   /* does not fit into an empty batch either */
  WEBTRACK_NUL_IN_TEXT = -4, /* a terminated string holds a NUL: use the sized notation */
  WEBTRACK_MALFORMED = -5    /* the input is not the list of strings that was announced */
} webtrack_status;

/* Of the body that webtrack_seal makes. Both kinds of LZ4 are the same format. HC takes several
 * times as long and 256 KiB of memory during the call, and makes a batch of 40 events 16 % smaller.
 * Only core_hc.wasm has it: core.wasm and core.js, and a core_hc.wasm whose memory is out, take it
 * for WEBTRACK_LZ4. */
typedef enum webtrack_compression {
  WEBTRACK_PLAIN = 0,
  WEBTRACK_LZ4 = 1,
  WEBTRACK_LZ4_HC = 2
} webtrack_compression;

/* What to do with a batch after one request with it. Whoever splits a batch of one log, or has
 * bisected down to one, drops it. */
typedef enum webtrack_action {
  WEBTRACK_ACK = 0,          /* it is stored: forget it */
  WEBTRACK_RETRY = 1,        /* send it again after the delay */
  WEBTRACK_PAUSE = 2,        /* the same, but nothing at all may be sent before */
  WEBTRACK_STOP = 3,         /* keep what is stored, send nothing more before the next page load */
  WEBTRACK_SPLIT = 4,        /* too large: send it in halves */
  WEBTRACK_RESEND_PLAIN = 5, /* send it, and all that follows in this session, uncompressed */
  WEBTRACK_BISECT = 6,       /* one of its logs is refused: find that and drop it alone */
  WEBTRACK_DROP = 7          /* it will never be accepted */
} webtrack_action;

/* No delay is longer: an hour that the endpoint asked for, and what chance adds to it. */
#define WEBTRACK_MAX_DELAY_MS 3825000

#endif /* WEBTRACK_CONSTANTS_H_ */
