// Tests every row of the decision table through the C interface.
#include "retry_policy.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "test_batch.h"

namespace webtrack {
namespace {

constexpr uint32_t kRandomNumbers[] = {0, 1, UINT32_MAX / 2, UINT32_MAX / 2 + 1, UINT32_MAX};
constexpr uint32_t kManyFailures[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 32, 33, 1000, 1u << 31};

struct Request {
  uint32_t status = 0;
  std::string code;
  bool compressed = true;
  uint32_t failures = 1;
  uint32_t retry_after_ms = 0;
};

struct Decision {
  webtrack_action action;
  uint32_t delay_ms;
};

Decision DecideOn(const Request& request, uint32_t random) {
  TestBatch batch;
  const auto bytes = static_cast<uint32_t>(request.code.size());
  if (bytes != 0) std::memcpy(webtrack_input(batch.get(), bytes), request.code.data(), bytes);
  const uint32_t packed = webtrack_decide(batch.get(), request.status, bytes, request.compressed,
                                          request.failures, request.retry_after_ms, random);
  return {static_cast<webtrack_action>(packed & 15), packed >> 4};
}

// Expects the action for every random number, and delays that cover exactly the range from `least`
// to `most` milliseconds.
void ExpectDelay(const Request& request, webtrack_action action, uint32_t least, uint32_t most) {
  SCOPED_TRACE(std::to_string(request.status) + " " + request.code + ", failure " +
               std::to_string(request.failures));
  uint32_t last = 0;
  for (const uint32_t random : kRandomNumbers) {
    const Decision decision = DecideOn(request, random);
    EXPECT_EQ(decision.action, action);
    EXPECT_GE(decision.delay_ms, least);
    EXPECT_LE(decision.delay_ms, most);
    EXPECT_LE(decision.delay_ms, static_cast<uint32_t>(WEBTRACK_MAX_DELAY_MS));
    EXPECT_GE(decision.delay_ms, last);
    last = decision.delay_ms;
  }
  EXPECT_EQ(DecideOn(request, 0).delay_ms, least);
  EXPECT_EQ(DecideOn(request, UINT32_MAX).delay_ms, most);
}

void ExpectAtOnce(const Request& request, webtrack_action action) {
  ExpectDelay(request, action, 0, 0);
}

// Expects a delay of 25 % to 100 % of a range: 1 s, doubled with each failure up to 60 s.
void ExpectNetworkDelay(const Request& request) {
  const uint32_t range = request.failures < 7 ? 1000u << (request.failures - 1) : 60000;
  ExpectDelay(request, WEBTRACK_RETRY, range / 4, range);
}

TEST(RetryPolicy, SuccessIsAcknowledged) {
  for (const uint32_t status : {200u, 201u, 204u, 299u}) {
    ExpectAtOnce({status, "", true, 1, 0}, WEBTRACK_ACK);
    ExpectAtOnce({status, "PostBodyTooLarge", false, 9, 5000}, WEBTRACK_ACK);
  }
}

TEST(RetryPolicy, FailuresOfTheNetworkAndTheServerAreRetriedForEver) {
  for (const uint32_t failures : kManyFailures) {
    for (const uint32_t status :
         {0u, 1u, 100u, 302u, 304u, 399u, 408u, 429u, 500u, 502u, 503u, 504u, 599u, 600u, 4030u}) {
      ExpectNetworkDelay({status, "", true, failures, 0});
    }
    ExpectNetworkDelay({500, "InternalServerError", true, failures, 0});
    ExpectNetworkDelay({500, "RequestTimeout", true, failures, 0});
    ExpectNetworkDelay({503, "ServerBusy", true, failures, 0});
    ExpectNetworkDelay({429, "WriteQuotaExceed", true, failures, 0});
    ExpectNetworkDelay({UINT32_MAX, "InvalidKey", true, failures, 0});
  }
}

TEST(RetryPolicy, QuotaIsRetriedAfterALongDelay) {
  for (const char* code : {"WriteQuotaExceed", "ShardWriteQuotaExceed", "ExceedQuota"}) {
    for (const uint32_t failures : kManyFailures) {
      const uint32_t range = failures < 6 ? 5000u << (failures - 1) : 120000;
      ExpectDelay({403, code, true, failures, 0}, WEBTRACK_RETRY, range / 2, range);
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
  for (const uint32_t failures : {1u, 7u}) {
    ExpectAtOnce({401, "Unauthorized", true, failures, 0}, WEBTRACK_STOP);
    ExpectAtOnce({401, "InvalidAccessKeyId", true, failures, 0}, WEBTRACK_STOP);
    ExpectAtOnce({404, "ProjectNotExist", true, failures, 0}, WEBTRACK_STOP);
    ExpectAtOnce({404, "LogStoreNotExist", true, failures, 0}, WEBTRACK_STOP);
    ExpectAtOnce({405, "InvalidMethod", true, failures, 0}, WEBTRACK_STOP);
    ExpectAtOnce({411, "MissingContentLength", true, failures, 0}, WEBTRACK_STOP);
    for (const char* code : {"MissingAPIVersion", "InvalidAPIVersion", "InvalidContentType",
                             "MissingContentType", "InvalidHost"}) {
      ExpectAtOnce({400, code, true, failures, 0}, WEBTRACK_STOP);
    }
  }
}

TEST(RetryPolicy, ATooLargeBatchIsSplit) {
  for (const bool compressed : {true, false}) {
    ExpectAtOnce({413, "", compressed, 1, 0}, WEBTRACK_SPLIT);
    ExpectAtOnce({413, "PostBodyInvalid", compressed, 9, 0}, WEBTRACK_SPLIT);
    ExpectAtOnce({400, "PostBodyTooLarge", compressed, 1, 0}, WEBTRACK_SPLIT);
  }
}

TEST(RetryPolicy, ARefusedCompressionIsResentPlainOnce) {
  for (const char* code : {"PostBodyUncompressError", "InvalidCompressType", "InvalidBodyRawSize",
                           "MissingBodyRawSize", "ParameterInvalid", "MissingParameter"}) {
    ExpectAtOnce({400, code, true, 1, 0}, WEBTRACK_RESEND_PLAIN);
    ExpectAtOnce({400, code, false, 2, 0}, WEBTRACK_DROP);
  }
  ExpectAtOnce({415, "", true, 1, 0}, WEBTRACK_RESEND_PLAIN);
  ExpectAtOnce({415, "", false, 1, 0}, WEBTRACK_DROP);
}

TEST(RetryPolicy, ABatchWithAnInvalidLogIsBisected) {
  for (const char* code :
       {"PostBodyInvalid", "InvalidKey", "InvalidEncoding", "InvalidTimestamp"}) {
    ExpectAtOnce({400, code, true, 1, 0}, WEBTRACK_BISECT);
    ExpectAtOnce({400, code, false, 5, 0}, WEBTRACK_BISECT);
  }
  ExpectAtOnce({499, "PostBodyInvalid", true, 1, 0}, WEBTRACK_BISECT);
}

TEST(RetryPolicy, AProxysAnswerIsRetriedAFewTimesAndThenStops) {
  for (const uint32_t status : {400u, 401u, 404u, 405u, 407u, 411u, 422u, 451u, 499u}) {
    for (uint32_t failures = 1; failures < 5; ++failures) {
      ExpectNetworkDelay({status, "", true, failures, 0});
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

TEST(RetryPolicy, RetryAfterRaisesTheDelayByUpToAnHour) {
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
