// Decompresses the blocks of every golden case, and blocks that were damaged in various ways.
#include <gtest/gtest.h>
#include <lz4.h>

#include <random>

#include "golden_cases.h"
#include "lz4_block.h"
#include "test_batch.h"

namespace webtrack {
namespace {

class UnpackGoldenTest : public testing::TestWithParam<GoldenCase> {};

TEST_P(UnpackGoldenTest, ReturnsTheSealedBody) {
  const GoldenCase& golden = GetParam();
  TestBatch batch;
  ASSERT_GT(batch.SetEnvelope(golden.source, golden.topic, golden.tags), 0);
  for (const Fields& log : golden.logs) ASSERT_GT(batch.Append(log), 0);
  for (const webtrack_compression compression : {WEBTRACK_LZ4, WEBTRACK_LZ4_HC}) {
    const Sealed sealed = batch.Seal(compression);
    if (sealed.wire.size() == golden.body.size()) continue;  // went plain
    ASSERT_EQ(batch.Unpack(sealed.wire, golden.body.size()),
              static_cast<int32_t>(golden.body.size()));
    EXPECT_TRUE(batch.Unpacked() == golden.body);
  }
  // The open logs did not change.
  EXPECT_TRUE(batch.Body() == golden.body);
}

INSTANTIATE_TEST_SUITE_P(Cases, UnpackGoldenTest, testing::ValuesIn(ReadGoldenCases()),
                         [](const testing::TestParamInfo<GoldenCase>& golden) {
                           std::string name = golden.param.name;
                           for (char& c : name) {
                             if (!isalnum(static_cast<unsigned char>(c))) c = '_';
                           }
                           return name;
                         });

TEST(Unpack, SizesAreBounded) {
  TestBatch batch;
  EXPECT_EQ(batch.Unpack("\x50hello", WEBTRACK_ENDPOINT_BYTES + 1), WEBTRACK_TOO_LARGE);
  EXPECT_EQ(batch.Unpack("\x50hello", UINT32_MAX), WEBTRACK_TOO_LARGE);
  EXPECT_EQ(batch.Unpack("\x50hello", WEBTRACK_ENDPOINT_BYTES), WEBTRACK_MALFORMED);
  EXPECT_EQ(webtrack_unpack(batch.get(), UINT32_MAX, 5), WEBTRACK_MALFORMED);
  EXPECT_EQ(webtrack_unpack(batch.get(), WEBTRACK_ENDPOINT_BYTES, 5), WEBTRACK_MALFORMED);
  EXPECT_EQ(batch.Unpacked(), "");
  EXPECT_EQ(batch.Unpack("\x50hello", 5), 5);
  EXPECT_EQ(batch.Unpacked(), "hello");
}

// Compares the decoder with liblz4. The buffers have the exact size, so that the sanitizer detects
// any access outside them.
TEST(Lz4Block, DecodesAsLiblz4Does) {
  std::mt19937 random(7);
  int both = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string raw(random() % 400, '\0');
    const uint32_t letters = 1 + random() % 4;
    for (char& byte : raw) byte = static_cast<char>('a' + random() % letters);
    std::string block(LZ4_COMPRESSBOUND(raw.size()), '\0');
    block.resize(static_cast<size_t>(LZ4_compress_default(
        raw.data(), block.data(), static_cast<int>(raw.size()), static_cast<int>(block.size()))));
    if (round % 2 != 0) {
      block[random() % block.size()] = static_cast<char>(random());
      if (random() % 4 == 0) block.resize(random() % block.size());
    }
    const std::vector<char> exact(block.begin(), block.end());
    std::vector<char> ours(raw.size());
    const bool decoded = Lz4Block::Decompress(exact.data(), static_cast<uint32_t>(exact.size()),
                                              ours.data(), static_cast<uint32_t>(ours.size()));
    if (round % 2 == 0) {
      ASSERT_TRUE(decoded);
      ASSERT_EQ(std::string(ours.begin(), ours.end()), raw);
    } else if (raw.empty()) {
      continue;
    } else {
      // The decoders may disagree on damaged blocks: only liblz4 refuses a match too close to the
      // end, and only the core refuses an offset of 0. Compare blocks that both accept.
      std::vector<char> theirs(raw.size());
      const int bytes =
          LZ4_decompress_safe(exact.data(), theirs.data(), static_cast<int>(exact.size()),
                              static_cast<int>(theirs.size()));
      if (!decoded || bytes != static_cast<int>(raw.size())) continue;
      ++both;
      ASSERT_EQ(ours, theirs);
    }
  }
  EXPECT_GT(both, 1000);
}

TEST(Lz4Block, RefusesLengthsThatNeverEnd) {
  std::string raw(1000, '\0');
  for (const char token : {'\xf0', '\x0f', '\xff'}) {
    std::string block(100000, '\xff');
    block[0] = token;
    EXPECT_FALSE(Lz4Block::Decompress(block.data(), static_cast<uint32_t>(block.size()), raw.data(),
                                      static_cast<uint32_t>(raw.size())));
  }
  EXPECT_FALSE(Lz4Block::Decompress("", 0, raw.data(), 10));
  EXPECT_FALSE(Lz4Block::Decompress("\0", 1, raw.data(), 10));
}

}  // namespace
}  // namespace webtrack
