/* The constants of webtrack.h: limits, status codes, compressions and actions. They have their own
 * file so that the core's sources need not include the C interface. */
#ifndef WEBTRACK_CONSTANTS_H_
#define WEBTRACK_CONSTANTS_H_

#include <stdint.h>

/* The most that the endpoint accepts in one request. A batch's limits cannot exceed these. */
#define WEBTRACK_ENDPOINT_BYTES 10485760 /* JSON body before compression */
#define WEBTRACK_ENDPOINT_LOGS 4096

/* The default limits of a batch. The endpoint's documentation also mentions a limit of 3 MB, so the
 * default stays below that. */
#define WEBTRACK_DEFAULT_BYTES 2800000
#define WEBTRACK_DEFAULT_LOGS 4096

/* 0xFF cannot refer to a log that has more fields than this. */
#define WEBTRACK_REMEMBERED_FIELDS 31

/* As `max_wire_bytes` of webtrack_seal: only the limits of the batch apply. */
#define WEBTRACK_NO_BOUND UINT32_MAX

typedef enum webtrack_status {
  WEBTRACK_NO_MEMORY = -1,   /* memory ran out */
  WEBTRACK_FULL = -2,        /* no room left in this batch: seal, discard, then append again */
  WEBTRACK_TOO_LARGE = -3,   /* too large even for an empty batch */
  WEBTRACK_NUL_IN_TEXT = -4, /* a terminated string contains NUL: use the sized notation */
  WEBTRACK_MALFORMED = -5    /* the input does not match the arguments of the call */
} webtrack_status;

/* How webtrack_seal compresses the body. LZ4 and LZ4 HC produce the same format. HC takes several
 * times as long and uses 256 KiB of memory during the call; it makes a batch of 40 events 16 %
 * smaller. Only core_hc.wasm contains HC. Modules without HC, and core_hc.wasm when it is out of
 * memory, use WEBTRACK_LZ4 instead. */
typedef enum webtrack_compression {
  WEBTRACK_PLAIN = 0,
  WEBTRACK_LZ4 = 1,
  WEBTRACK_LZ4_HC = 2
} webtrack_compression;

/* What to do with a batch after a request. A batch of one log cannot be split or bisected: drop it
 * instead. */
typedef enum webtrack_action {
  WEBTRACK_ACK = 0,          /* the endpoint stored the batch: delete it */
  WEBTRACK_RETRY = 1,        /* send the batch again after the delay; send nothing before */
  WEBTRACK_PAUSE = 2,        /* the same, after a refusal that may take minutes to end */
  WEBTRACK_STOP = 3,         /* keep stored batches, but send nothing until the next page load */
  WEBTRACK_SPLIT = 4,        /* too large: send two halves */
  WEBTRACK_RESEND_PLAIN = 5, /* send this and all later batches uncompressed */
  WEBTRACK_BISECT = 6,       /* the endpoint refuses one of the logs: find and drop only that log */
  WEBTRACK_DROP = 7          /* the endpoint will never accept the batch: delete it */
} webtrack_action;

/* The longest delay: one hour, the longest Retry-After that is respected, plus the random part. */
#define WEBTRACK_MAX_DELAY_MS 3825000

#endif /* WEBTRACK_CONSTANTS_H_ */
