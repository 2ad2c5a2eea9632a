#include "retry_policy.h"

namespace webtrack {
namespace {

constexpr uint32_t kSecond = 1000;
constexpr uint32_t kMinute = 60 * kSecond;
constexpr uint32_t kMaxRetryAfter = 60 * kMinute;

// Answers of a proxy or a captive portal are as good as none, but may be there to stay.
constexpr uint32_t kProxyAttempts = 5;

// What the error codes mean that say more than their status does; fits into 3 bits.
enum Meaning : uint32_t { kOther, kQuota, kTooLarge, kCompression, kPoisoned, kRequest };

// FNV-1a without the 3 lowest bits.
constexpr uint32_t Hash(const char* text, uint32_t bytes) {
  uint32_t hash = 0x811c9dc5;
  for (uint32_t i = 0; i < bytes; ++i) hash = (hash ^ static_cast<uint8_t>(text[i])) * 0x01000193;
  return hash & ~7u;
}

template <uint32_t size>
constexpr uint32_t Code(const char (&text)[size], Meaning meaning) {
  return Hash(text, size - 1) | meaning;
}

// Hash and meaning of each code: the names themselves are several hundred bytes, and that an
// unknown code has the hash of a known one is too unlikely to pay for them.
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

// From `least` ms to `spread` more by chance, so that pages do not come back all at once. What the
// endpoint asks for is a least as well.
uint32_t Wait(const Answer& answer, webtrack_action action, uint32_t least, uint32_t spread) {
  uint32_t asked = answer.retry_after_ms;
  if (asked > kMaxRetryAfter) asked = kMaxRetryAfter;
  if (asked > least) least = asked;
  const uint64_t more = uint64_t{answer.random} * (spread + 1) >> 32;
  return (least + static_cast<uint32_t>(more)) << 4 | action;
}

// `base` ms, doubled with each attempt up to `cap`.
uint32_t Doubled(uint32_t base, uint32_t cap, uint32_t attempts) {
  uint32_t range = base;
  while (--attempts != 0 && range < cap) range *= 2;
  return range < cap ? range : cap;
}

uint32_t RetryAsNetwork(const Answer& answer) {
  const uint32_t range = Doubled(kSecond, kMinute, answer.attempts);
  return Wait(answer, WEBTRACK_RETRY, range / 4, range - range / 4);
}

uint32_t DecideForbidden(const Answer& answer, uint32_t meaning) {
  if (meaning == kQuota) {
    const uint32_t half = Doubled(5 * kSecond, 2 * kMinute, answer.attempts) / 2;
    return Wait(answer, WEBTRACK_RETRY, half, half);
  }
  constexpr uint32_t kPauses[] = {kMinute, 5 * kMinute, 15 * kMinute};
  const uint32_t pause = answer.attempts - 1;
  if (pause >= sizeof(kPauses) / sizeof(*kPauses)) return WEBTRACK_STOP;
  return Wait(answer, WEBTRACK_PAUSE, kPauses[pause], kPauses[pause] / 4);
}

}  // namespace

uint32_t Decide(const Answer& answer) {
  const uint32_t status = answer.status;
  if (status / 100 == 2) return WEBTRACK_ACK;
  if (status / 100 != 4 || status == 408 || status == 429) return RetryAsNetwork(answer);
  const uint32_t meaning = MeaningOf(answer);
  if (status == 403) return DecideForbidden(answer, meaning);
  // These two mean the same whoever says it.
  if (status == 413 || meaning == kTooLarge) return WEBTRACK_SPLIT;
  if (status == 415 || meaning == kCompression) {
    return answer.compressed ? WEBTRACK_RESEND_PLAIN : WEBTRACK_DROP;
  }
  if (answer.code_bytes == 0) {
    if (answer.attempts < kProxyAttempts) return RetryAsNetwork(answer);
    return WEBTRACK_STOP;
  }
  if (status == 401 || status == 404 || status == 405 || status == 411 || meaning == kRequest) {
    return WEBTRACK_STOP;
  }
  if (meaning == kPoisoned) return WEBTRACK_BISECT;
  if (answer.attempts == 1) return Wait(answer, WEBTRACK_RETRY, 300, 700);
  return WEBTRACK_DROP;
}

}  // namespace webtrack
