// Both liblz4 and the core's own decoder must read what LZ4 HC writes. All buffers have the exact
// size, so that the sanitizer detects any access outside them.
#include "lz4_hc.h"

#include <gtest/gtest.h>
#include <lz4.h>

#include <random>
#include <string>
#include <vector>

#include "lz4_block.h"
#include "test_batch.h"

namespace webtrack {
namespace {

std::string Letters(std::mt19937& random, size_t length, uint32_t letters) {
  std::string text(length, '\0');
  for (char& byte : text) byte = static_cast<char>('a' + random() % letters);
  return text;
}

// Returns `length` bytes: runs of one byte, random letters, random bytes, near and far repeats.
std::string Mixture(std::mt19937& random, size_t length) {
  std::string text;
  while (text.size() < length) {
    const size_t part = 1 + random() % 300;
    const uint32_t kind = random() % 5;
    if (kind == 0) {
      text.append(part, static_cast<char>(random()));
    } else if (kind == 1) {
      text += Letters(random, part, 1 + random() % 26);
    } else if (kind == 2) {
      for (size_t i = 0; i < part; ++i) text += static_cast<char>(random());
    } else if (!text.empty()) {
      const size_t reach = kind == 3 ? 64 : 100000;
      const size_t back = 1 + random() % (text.size() < reach ? text.size() : reach);
      for (size_t i = 0; i < part; ++i) text += text[text.size() - back];
    }
  }
  text.resize(length);
  return text;
}

// Compresses `raw`, checks that both decoders restore it, and returns the block's size.
uint32_t RoundTrip(const std::string& raw) {
  const std::vector<char> exact(raw.begin(), raw.end());
  const auto raw_bytes = static_cast<uint32_t>(raw.size());
  std::vector<char> room(Lz4Block::Bound(raw_bytes));
  const uint32_t bytes = CompressLz4Hc(exact.data(), raw_bytes, room.data());
  EXPECT_GT(bytes, 0u);
  EXPECT_LE(bytes, room.size());
  const std::vector<char> block(room.begin(), room.begin() + bytes);

  std::vector<char> ours(raw.size());
  EXPECT_TRUE(Lz4Block::Decompress(block.data(), bytes, ours.data(), raw_bytes));
  EXPECT_TRUE(ours == exact);
  std::vector<char> theirs(raw.size());
  EXPECT_EQ(LZ4_decompress_safe(block.data(), theirs.data(), static_cast<int>(bytes),
                                static_cast<int>(raw_bytes)),
            static_cast<int>(raw_bytes));
  EXPECT_TRUE(theirs == exact);
  return bytes;
}

uint32_t FastBytes(const std::string& raw) {
  static Lz4Block lz4;
  std::vector<char> room(Lz4Block::Bound(static_cast<uint32_t>(raw.size())));
  return lz4.Compress(raw.data(), static_cast<uint32_t>(raw.size()), room.data());
}

TEST(Lz4Hc, ReadsBackAtEveryLength) {
  std::mt19937 random(11);
  for (size_t length = 1; length <= 600; ++length) {
    SCOPED_TRACE(length);
    RoundTrip(std::string(length, 'a'));
    for (const uint32_t letters : {2u, 4u, 26u}) RoundTrip(Letters(random, length, letters));
  }
}

class Lz4HcPropertyTest : public testing::TestWithParam<uint32_t> {};

TEST_P(Lz4HcPropertyTest, ReadsBackAnyInput) {
  std::mt19937 random(GetParam());
  for (int round = 0; round < 60; ++round) RoundTrip(Mixture(random, 1 + random() % 5000));
  // Longer than the distance that a match can reach back.
  const std::string large = Mixture(random, 100000 + random() % 200000);
  EXPECT_LE(RoundTrip(large), FastBytes(large));
}

INSTANTIATE_TEST_SUITE_P(Seeds, Lz4HcPropertyTest, testing::Range(0u, 20u));

TEST(Lz4Hc, IncompressibleInputStaysWithinTheBound) {
  std::mt19937 random(12);
  for (const size_t length : {1u, 12u, 13u, 254u, 255u, 256u, 4096u, 70000u}) {
    std::string noise(length, '\0');
    for (char& byte : noise) byte = static_cast<char>(random());
    EXPECT_GT(RoundTrip(noise), length);
  }
}

TEST(Lz4Hc, CompressesTheLargestBodyThatTheEndpointAccepts) {
  std::mt19937 random(13);
  std::string text = Letters(random, 100000, 26);
  while (text.size() < WEBTRACK_ENDPOINT_BYTES) text += text.substr(random() % 90000, 10000);
  text.resize(WEBTRACK_ENDPOINT_BYTES);
  EXPECT_LT(RoundTrip(text), text.size() / 2);
  EXPECT_LT(RoundTrip(std::string(WEBTRACK_ENDPOINT_BYTES, 'a')), text.size() / 200);
}

TEST(Lz4Hc, CompressesTypicalEventsBetterThanLz4) {
  std::mt19937 random(14);
  TestBatch batch;
  for (int i = 0; i < 40; ++i) {
    const std::string page = "https://shop.example/products/" + std::to_string(random() % 9);
    ASSERT_GT(batch.Append({{"event", random() % 2 == 0 ? "click" : "page_view"},
                            {"page_url", page},
                            {"referrer_url", page.substr(0, page.size() - random() % 11)},
                            {"ts", std::to_string(1767225600000 + 977 * i)},
                            {"visitor_id", "f3a1c0de-9b7e-4a55-8c1d-2e6f00b7a912"},
                            {"element", "main > ul > li:nth-child(" + std::to_string(i) + ")"}}),
              0);
  }
  const Sealed fast = batch.Seal(WEBTRACK_LZ4);
  const Sealed high = batch.Seal(WEBTRACK_LZ4_HC);
  EXPECT_EQ(high.logs, fast.logs);
  EXPECT_TRUE(high.body == fast.body);
  EXPECT_LT(high.wire.size() * 10, fast.wire.size() * 9);
  ASSERT_EQ(batch.Unpack(high.wire, high.body.size()), static_cast<int32_t>(high.body.size()));
  EXPECT_TRUE(batch.Unpacked() == high.body);
}

}  // namespace
}  // namespace webtrack
