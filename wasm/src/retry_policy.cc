#include "retry_policy.h"

namespace webtrack {
namespace {

constexpr uint32_t kSecond = 1000;
constexpr uint32_t kMinute = 60 * kSecond;
constexpr uint32_t kMaxRetryAfter = 60 * kMinute;

// A proxy or a captive portal may answer instead of the endpoint. Treat that as a network failure,
// but stop after this many failures because the proxy may stay.
constexpr uint32_t kProxyFailures = 5;

// The meaning of an error code, where the HTTP status alone is not enough. It fits into 3 bits.
enum Meaning : uint32_t { kOther, kQuota, kTooLarge, kCompression, kPoisoned, kRequest };

// FNV-1a with the 3 lowest bits cleared; they hold the meaning.
constexpr uint32_t Hash(const char* text, uint32_t bytes) {
  uint32_t hash = 0x811c9dc5;
  for (uint32_t i = 0; i < bytes; ++i) hash = (hash ^ static_cast<uint8_t>(text[i])) * 0x01000193;
  return hash & ~7u;
}

template <uint32_t size>
constexpr uint32_t Code(const char (&text)[size], Meaning meaning) {
  return Hash(text, size - 1) | meaning;
}

// The hash and the meaning of each code. Storing the names would take several hundred bytes. An
// unknown code with the hash of a known one is too unlikely to justify them.
constexpr uint32_t kCodes[] = {
    Code("WriteQuotaExceed", kQuota),
    Code("ShardWriteQuotaExceed", kQuota),
    Code("ExceedQuota", kQuota),
    Code("PostBodyTooLarge", kTooLarge),
    Code("PostBodyUncompressError", kCompression),
    Code("InvalidCompressType", kCompression),
    Code("InvalidBodyRawSize", kCompression),
    Code("MissingBodyRawSize", kCompression),
    Code("ParameterInvalid", kCompression),
    Code("MissingParameter", kCompression),
    Code("PostBodyInvalid", kPoisoned),
    Code("InvalidKey", kPoisoned),
    Code("InvalidEncoding", kPoisoned),
    Code("InvalidTimestamp", kPoisoned),
    Code("MissingAPIVersion", kRequest),
    Code("InvalidAPIVersion", kRequest),
    Code("InvalidContentType", kRequest),
    Code("MissingContentType", kRequest),
    Code("InvalidHost", kRequest),
};

uint32_t MeaningOf(const Answer& answer) {
  const uint32_t hash = Hash(answer.code, answer.code_bytes);
  for (const uint32_t code : kCodes) {
    if ((code & ~7u) == hash) return code & 7;
  }
  return kOther;
}

// Packs the action with a delay of `minimum` ms plus 0 to `spread` random ms, so that pages do not
// all retry at the same time. Retry-After can raise the minimum.
uint32_t Delayed(const Answer& answer, webtrack_action action, uint32_t minimum, uint32_t spread) {
  uint32_t retry_after = answer.retry_after_ms;
  if (retry_after > kMaxRetryAfter) retry_after = kMaxRetryAfter;
  if (retry_after > minimum) minimum = retry_after;
  const uint64_t extra = uint64_t{answer.random} * (spread + 1) >> 32;
  return (minimum + static_cast<uint32_t>(extra)) << 4 | action;
}

// Returns `base` ms, doubled for each failure after the first, at most `cap`.
uint32_t Doubled(uint32_t base, uint32_t cap, uint32_t failures) {
  uint32_t range = base;
  while (--failures != 0 && range < cap) range *= 2;
  return range < cap ? range : cap;
}

uint32_t RetryAsNetwork(const Answer& answer) {
  const uint32_t range = Doubled(kSecond, kMinute, answer.failures);
  return Delayed(answer, WEBTRACK_RETRY, range / 4, range - range / 4);
}

uint32_t DecideForbidden(const Answer& answer, uint32_t meaning) {
  if (meaning == kQuota) {
    const uint32_t half = Doubled(5 * kSecond, 2 * kMinute, answer.failures) / 2;
    return Delayed(answer, WEBTRACK_RETRY, half, half);
  }
  constexpr uint32_t kPauses[] = {kMinute, 5 * kMinute, 15 * kMinute};
  const uint32_t pause = answer.failures - 1;
  if (pause >= sizeof(kPauses) / sizeof(*kPauses)) return WEBTRACK_STOP;
  return Delayed(answer, WEBTRACK_PAUSE, kPauses[pause], kPauses[pause] / 4);
}

}  // namespace

uint32_t Decide(const Answer& answer) {
  const uint32_t status = answer.status;
  if (status / 100 == 2) return WEBTRACK_ACK;
  if (status / 100 != 4 || status == 408 || status == 429) return RetryAsNetwork(answer);
  const uint32_t meaning = MeaningOf(answer);
  if (status == 403) return DecideForbidden(answer, meaning);
  // 413 and 415 mean the same whether the endpoint or a proxy sends them.
  if (status == 413 || meaning == kTooLarge) return WEBTRACK_SPLIT;
  if (status == 415 || meaning == kCompression) {
    return answer.compressed ? WEBTRACK_RESEND_PLAIN : WEBTRACK_DROP;
  }
  if (answer.code_bytes == 0) {
    if (answer.failures < kProxyFailures) return RetryAsNetwork(answer);
    return WEBTRACK_STOP;
  }
  if (status == 401 || status == 404 || status == 405 || status == 411 || meaning == kRequest) {
    return WEBTRACK_STOP;
  }
  if (meaning == kPoisoned) return WEBTRACK_BISECT;
  if (answer.failures == 1) return Delayed(answer, WEBTRACK_RETRY, 300, 700);
  return WEBTRACK_DROP;
}

}  // namespace webtrack
