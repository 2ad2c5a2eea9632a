// Every row of the decision table, through the C interface.
#include "retry_policy.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "test_batch.h"

namespace webtrack {
namespace {

constexpr uint32_t kChances[] = {0, 1, UINT32_MAX / 2, UINT32_MAX / 2 + 1, UINT32_MAX};
constexpr uint32_t kManyAttempts[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 32, 33, 1000, 1u << 31};

struct Ended {
  uint32_t status = 0;
  std::string code;
  bool compressed = true;
  uint32_t attempts = 1;
  uint32_t retry_after_ms = 0;
};

struct Decided {
  webtrack_action action;
  uint32_t delay_ms;
};

Decided DecideOn(const Ended& ended, uint32_t random) {
  TestBatch batch;
  const auto bytes = static_cast<uint32_t>(ended.code.size());
  if (bytes != 0) std::memcpy(webtrack_input(batch.get(), bytes), ended.code.data(), bytes);
  const uint32_t packed = webtrack_decide(batch.get(), ended.status, bytes, ended.compressed,
                                          ended.attempts, ended.retry_after_ms, random);
  return {static_cast<webtrack_action>(packed & 15), packed >> 4};
}

// The same action and a delay from `least` to `most`, both of which chance can reach.
void ExpectDelay(const Ended& ended, webtrack_action action, uint32_t least, uint32_t most) {
  SCOPED_TRACE(std::to_string(ended.status) + " " + ended.code + ", attempt " +
               std::to_string(ended.attempts));
  uint32_t last = 0;
  for (const uint32_t random : kChances) {
    const Decided decided = DecideOn(ended, random);
    EXPECT_EQ(decided.action, action);
    EXPECT_GE(decided.delay_ms, least);
    EXPECT_LE(decided.delay_ms, most);
    EXPECT_LE(decided.delay_ms, static_cast<uint32_t>(WEBTRACK_MAX_DELAY_MS));
    EXPECT_GE(decided.delay_ms, last);
    last = decided.delay_ms;
  }
  EXPECT_EQ(DecideOn(ended, 0).delay_ms, least);
  EXPECT_EQ(DecideOn(ended, UINT32_MAX).delay_ms, most);
}

void ExpectAtOnce(const Ended& ended, webtrack_action action) { ExpectDelay(ended, action, 0, 0); }

// 1 s, doubled up to 60 s, of which a quarter is certain.
void ExpectNetworkDelay(const Ended& ended) {
  const uint32_t range = ended.attempts < 7 ? 1000u << (ended.attempts - 1) : 60000;
  ExpectDelay(ended, WEBTRACK_RETRY, range / 4, range);
}

TEST(RetryPolicy, SuccessIsAcknowledged) {
  for (const uint32_t status : {200u, 201u, 204u, 299u}) {
    ExpectAtOnce({status, "", true, 1, 0}, WEBTRACK_ACK);
    ExpectAtOnce({status, "PostBodyTooLarge", false, 9, 5000}, WEBTRACK_ACK);
  }
}

TEST(RetryPolicy, FailuresOfTheNetworkAndTheServerAreRetriedForEver) {
  for (const uint32_t attempts : kManyAttempts) {
    for (const uint32_t status :
         {0u, 1u, 100u, 302u, 304u, 399u, 408u, 429u, 500u, 502u, 503u, 504u, 599u, 600u, 4030u}) {
      ExpectNetworkDelay({status, "", true, attempts, 0});
    }
    ExpectNetworkDelay({500, "InternalServerError", true, attempts, 0});
    ExpectNetworkDelay({500, "RequestTimeout", true, attempts, 0});
    ExpectNetworkDelay({503, "ServerBusy", true, attempts, 0});
    ExpectNetworkDelay({429, "WriteQuotaExceed", true, attempts, 0});
    ExpectNetworkDelay({UINT32_MAX, "InvalidKey", true, attempts, 0});
  }
}

TEST(RetryPolicy, QuotaIsRetriedAfterALongDelay) {
  for (const char* code : {"WriteQuotaExceed", "ShardWriteQuotaExceed", "ExceedQuota"}) {
    for (const uint32_t attempts : kManyAttempts) {
      const uint32_t range = attempts < 6 ? 5000u << (attempts - 1) : 120000;
      ExpectDelay({403, code, true, attempts, 0}, WEBTRACK_RETRY, range / 2, range);
    }
  }
}

TEST(RetryPolicy, OtherRefusalsPauseAFewTimesAndThenStop) {
  for (const char* code : {"", "ProjectForbidden", "WriteQuotaExceede", "PostBodyTooLarge"}) {
    ExpectDelay({403, code, true, 1, 0}, WEBTRACK_PAUSE, 60000, 75000);
    ExpectDelay({403, code, true, 2, 0}, WEBTRACK_PAUSE, 300000, 375000);
    ExpectDelay({403, code, true, 3, 0}, WEBTRACK_PAUSE, 900000, 1125000);
    ExpectAtOnce({403, code, true, 4, 0}, WEBTRACK_STOP);
    ExpectAtOnce({403, code, true, 1u << 31, 0}, WEBTRACK_STOP);
  }
}

TEST(RetryPolicy, WrongConfigurationStops) {
  for (const uint32_t attempts : {1u, 7u}) {
    ExpectAtOnce({401, "Unauthorized", true, attempts, 0}, WEBTRACK_STOP);
    ExpectAtOnce({401, "InvalidAccessKeyId", true, attempts, 0}, WEBTRACK_STOP);
    ExpectAtOnce({404, "ProjectNotExist", true, attempts, 0}, WEBTRACK_STOP);
    ExpectAtOnce({404, "LogStoreNotExist", true, attempts, 0}, WEBTRACK_STOP);
    ExpectAtOnce({405, "InvalidMethod", true, attempts, 0}, WEBTRACK_STOP);
    ExpectAtOnce({411, "MissingContentLength", true, attempts, 0}, WEBTRACK_STOP);
    for (const char* code : {"MissingAPIVersion", "InvalidAPIVersion", "InvalidContentType",
                             "MissingContentType", "InvalidHost"}) {
      ExpectAtOnce({400, code, true, attempts, 0}, WEBTRACK_STOP);
    }
  }
}

TEST(RetryPolicy, WhatIsTooLargeIsSplit) {
  for (const bool compressed : {true, false}) {
    ExpectAtOnce({413, "", compressed, 1, 0}, WEBTRACK_SPLIT);
    ExpectAtOnce({413, "PostBodyInvalid", compressed, 9, 0}, WEBTRACK_SPLIT);
    ExpectAtOnce({400, "PostBodyTooLarge", compressed, 1, 0}, WEBTRACK_SPLIT);
  }
}

TEST(RetryPolicy, WhatFailsForItsCompressionIsResentPlainOnce) {
  for (const char* code : {"PostBodyUncompressError", "InvalidCompressType", "InvalidBodyRawSize",
                           "MissingBodyRawSize", "ParameterInvalid", "MissingParameter"}) {
    ExpectAtOnce({400, code, true, 1, 0}, WEBTRACK_RESEND_PLAIN);
    ExpectAtOnce({400, code, false, 2, 0}, WEBTRACK_DROP);
  }
  ExpectAtOnce({415, "", true, 1, 0}, WEBTRACK_RESEND_PLAIN);
  ExpectAtOnce({415, "", false, 1, 0}, WEBTRACK_DROP);
}

TEST(RetryPolicy, APoisonedLogIsBisected) {
  for (const char* code :
       {"PostBodyInvalid", "InvalidKey", "InvalidEncoding", "InvalidTimestamp"}) {
    ExpectAtOnce({400, code, true, 1, 0}, WEBTRACK_BISECT);
    ExpectAtOnce({400, code, false, 5, 0}, WEBTRACK_BISECT);
  }
  ExpectAtOnce({499, "PostBodyInvalid", true, 1, 0}, WEBTRACK_BISECT);
}

TEST(RetryPolicy, AProxysAnswerIsRetriedAFewTimesAndThenStops) {
  for (const uint32_t status : {400u, 401u, 404u, 405u, 407u, 411u, 422u, 451u, 499u}) {
    for (uint32_t attempts = 1; attempts < 5; ++attempts) {
      ExpectNetworkDelay({status, "", true, attempts, 0});
    }
    ExpectAtOnce({status, "", true, 5, 0}, WEBTRACK_STOP);
    ExpectAtOnce({status, "", true, 1u << 31, 0}, WEBTRACK_STOP);
  }
}

TEST(RetryPolicy, AnUnknownRefusalIsRetriedOnce) {
  for (const char* code : {"SomethingNew", "x", "PostBodyInvali", "PostBodyInvalid2"}) {
    for (const uint32_t status : {400u, 409u, 499u}) {
      ExpectDelay({status, code, true, 1, 0}, WEBTRACK_RETRY, 300, 1000);
      ExpectAtOnce({status, code, true, 2, 0}, WEBTRACK_DROP);
      ExpectAtOnce({status, code, true, 1u << 31, 0}, WEBTRACK_DROP);
    }
  }
}

TEST(RetryPolicy, RetryAfterIsALeastAndAnHourAtMost) {
  ExpectDelay({503, "", true, 1, 100}, WEBTRACK_RETRY, 250, 1000);
  ExpectDelay({503, "", true, 1, 30000}, WEBTRACK_RETRY, 30000, 30750);
  ExpectDelay({429, "", true, 9, 30000}, WEBTRACK_RETRY, 30000, 75000);
  ExpectDelay({403, "ExceedQuota", true, 1, 7000}, WEBTRACK_RETRY, 7000, 9500);
  for (const uint32_t asked : {3600000u, 3600001u, UINT32_MAX}) {
    ExpectDelay({503, "", true, 1, asked}, WEBTRACK_RETRY, 3600000, 3600750);
    ExpectDelay({403, "", true, 3, asked}, WEBTRACK_PAUSE, 3600000, WEBTRACK_MAX_DELAY_MS);
  }
  ExpectAtOnce({404, "ProjectNotExist", true, 1, 30000}, WEBTRACK_STOP);
  ExpectAtOnce({400, "x", true, 2, 30000}, WEBTRACK_DROP);
}

TEST(RetryPolicy, AnErrorCodeBeyondTheInputAreaCountsAsNone) {
  TestBatch batch;
  EXPECT_EQ(webtrack_decide(batch.get(), 404, 1, 1, 5, 0, 0), static_cast<uint32_t>(WEBTRACK_STOP));
  EXPECT_EQ(webtrack_decide(batch.get(), 404, UINT32_MAX, 1, 1, 0, 0), 250u << 4 | WEBTRACK_RETRY);
  webtrack_input(batch.get(), 8);
  EXPECT_EQ(webtrack_decide(batch.get(), 404, 9, 1, 1, 0, 0), 250u << 4 | WEBTRACK_RETRY);
}

}  // namespace
}  // namespace webtrack
