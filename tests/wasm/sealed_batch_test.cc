#include "sealed_batch.h"

#include <gtest/gtest.h>

#include <random>

#include "test_batch.h"

namespace webtrack {
namespace {

// Returns text that LZ4 cannot make smaller.
std::string Noise(std::mt19937& random, size_t length) {
  std::string text;
  while (text.size() < length) text += static_cast<char>('a' + random() % 26);
  return text;
}

TEST(SealedBatch, EmptyBatchSealsNothing) {
  TestBatch batch;
  EXPECT_EQ(batch.Seal().logs, 0);
  EXPECT_EQ(batch.Seal().wire, "");
  EXPECT_EQ(webtrack_sealed_raw_bytes(batch.get()), 0u);
}

TEST(SealedBatch, LogsStayOpenUntilTheyAreDiscarded) {
  TestBatch batch;
  ASSERT_GT(batch.Append({{"n", "1"}}), 0);
  const std::string first = batch.Seal().body;
  EXPECT_EQ(batch.Seal().body, first);
  ASSERT_GT(batch.Append({{"n", "2"}}), 0);
  EXPECT_EQ(batch.Body(), "{\"__logs__\":[{\"n\":\"1\"},{\"n\":\"2\"}],\"__source__\":\"\"}");
}

TEST(SealedBatch, TinyAndIncompressibleBodiesGoPlain) {
  std::mt19937 random(1);
  for (const size_t length : {1u, 15u, 200u, 5000u}) {
    TestBatch batch;
    ASSERT_GT(batch.Append({{"k", Noise(random, length)}}), 0);
    for (const webtrack_compression compression : {WEBTRACK_LZ4, WEBTRACK_LZ4_HC}) {
      const Sealed sealed = batch.Seal(compression);
      EXPECT_FALSE(sealed.wire.empty());
      EXPECT_LE(sealed.wire.size(), sealed.body.size());
      EXPECT_EQ(sealed.body, batch.Body());
    }
  }
}

TEST(SealedBatch, CompressesTypicalEventsSeveralTimes) {
  TestBatch batch;
  for (int i = 0; i < 200; ++i) {
    ASSERT_GT(batch.Append({{"event", "page_view"},
                            {"url", "https://shop.example/products/" + std::to_string(i)},
                            {"user_agent", std::string(120, 'u')}}),
              0);
  }
  const Sealed sealed = batch.Seal(WEBTRACK_LZ4);
  EXPECT_LT(sealed.wire.size() * 5, sealed.body.size());
}

// Checks for many bounds that the sealed logs fit and that one more log would not.
TEST(SealedBatch, CutsAtTheLastLogThatFits) {
  std::mt19937 random(2);
  TestBatch batch;
  ASSERT_GT(batch.SetEnvelope("source", "topic", {{"batch_id", "x-1"}}), 0);
  for (int i = 0; i < 60; ++i) {
    ASSERT_GT(batch.Append({{"n", std::to_string(i)}, {"noise", Noise(random, random() % 200)}}),
              0);
  }
  const std::string before = batch.Body();
  for (const webtrack_compression compression : {WEBTRACK_LZ4, WEBTRACK_LZ4_HC, WEBTRACK_PLAIN}) {
    std::vector<size_t> sizes = {0};  // sizes[n]: the size as sent of a body with n logs
    for (uint32_t logs = 1; logs <= 60; ++logs) {
      TestBatch part;
      ASSERT_GT(part.SetEnvelope("source", "topic", {{"batch_id", "x-1"}}), 0);
      std::mt19937 again(2);
      for (uint32_t i = 0; i < logs; ++i) {
        ASSERT_GT(part.Append({{"n", std::to_string(i)}, {"noise", Noise(again, again() % 200)}}),
                  0);
      }
      sizes.push_back(part.Seal(compression).wire.size());
    }
    for (uint32_t bound = 0; bound < sizes.back() + 20; bound += 7) {
      const Sealed sealed = batch.Seal(compression, bound);
      const auto logs = static_cast<size_t>(sealed.logs);
      ASSERT_LE(sealed.wire.size(), bound);
      ASSERT_EQ(sealed.wire.size(), sizes[logs] * (logs != 0));
      if (logs < 60) {
        ASSERT_GT(sizes[logs + 1], bound) << "bound " << bound;
      }
    }
  }
  EXPECT_EQ(batch.Body(), before);
}

// When one log is larger than all others together, interpolation finds the cut only slowly.
TEST(SealedBatch, CutsBeforeALogThatOutweighsTheRest) {
  std::mt19937 random(3);
  TestBatch batch;
  for (int i = 0; i < 1000; ++i) ASSERT_GT(batch.Append({{"n", std::to_string(i)}}), 0);
  ASSERT_GT(batch.Append({{"noise", Noise(random, 1000000)}}), 0);
  for (const webtrack_compression compression : {WEBTRACK_LZ4, WEBTRACK_LZ4_HC, WEBTRACK_PLAIN}) {
    const Sealed sealed = batch.Seal(compression, 65536);
    EXPECT_EQ(sealed.logs, 1000);
    EXPECT_LE(sealed.wire.size(), 65536u);
  }
}

class PartsTest : public testing::TestWithParam<webtrack_compression> {};

TEST_P(PartsTest, MakeUpTheWhole) {
  TestBatch batch;
  std::string all;
  for (int i = 0; i < 500; ++i) {
    const std::string n = std::to_string(i);
    ASSERT_GT(batch.Append({{"n", n}}), 0);
    all += "{\"n\":\"" + n + "\"},";
  }
  std::string parts;
  while (webtrack_logs(batch.get()) != 0) {
    const Sealed sealed = batch.Seal(GetParam(), 300);
    ASSERT_GT(sealed.logs, 0);
    const size_t from = sizeof("{\"__logs__\":[") - 1;
    parts += sealed.body.substr(from, sealed.body.find(']') - from) + ",";
    batch.Discard(static_cast<uint32_t>(sealed.logs));
  }
  EXPECT_EQ(parts, all);
}

INSTANTIATE_TEST_SUITE_P(SealedBatch, PartsTest,
                         testing::Values(WEBTRACK_PLAIN, WEBTRACK_LZ4, WEBTRACK_LZ4_HC));

}  // namespace
}  // namespace webtrack
