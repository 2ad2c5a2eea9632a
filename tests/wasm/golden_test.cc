// Compares the body of every golden case byte by byte, uncompressed and compressed.
#include <gtest/gtest.h>

#include "golden_cases.h"
#include "test_batch.h"

namespace webtrack {
namespace {

class GoldenTest : public testing::TestWithParam<GoldenCase> {};

TEST_P(GoldenTest, BodyIsExact) {
  const GoldenCase& golden = GetParam();
  TestBatch batch;
  ASSERT_GT(batch.SetEnvelope(golden.source, golden.topic, golden.tags), 0);
  int32_t bytes = 0;
  for (const Fields& log : golden.logs) ASSERT_GT(bytes = batch.Append(log), 0);
  EXPECT_EQ(static_cast<size_t>(bytes), golden.body.size());

  const Sealed plain = batch.Seal(WEBTRACK_PLAIN);
  EXPECT_EQ(static_cast<size_t>(plain.logs), golden.logs.size());
  EXPECT_TRUE(plain.body == golden.body) << plain.body.substr(0, 2000);

  for (const webtrack_compression compression : {WEBTRACK_LZ4, WEBTRACK_LZ4_HC}) {
    const Sealed compressed = batch.Seal(compression);
    EXPECT_EQ(compressed.logs, plain.logs);
    EXPECT_TRUE(compressed.body == golden.body);
  }
}

TEST_P(GoldenTest, BothNotationsWriteTheSame) {
  const GoldenCase& golden = GetParam();
  TestBatch batch;
  ASSERT_GT(batch.SetEnvelope(golden.source, golden.topic, golden.tags), 0);
  for (const Fields& log : golden.logs) ASSERT_GT(batch.AppendSized(log), 0);
  EXPECT_TRUE(batch.Body() == golden.body);
}

INSTANTIATE_TEST_SUITE_P(Cases, GoldenTest, testing::ValuesIn(ReadGoldenCases()),
                         [](const testing::TestParamInfo<GoldenCase>& golden) {
                           std::string name = golden.param.name;
                           for (char& c : name) {
                             if (!isalnum(static_cast<unsigned char>(c))) c = '_';
                           }
                           return name;
                         });

}  // namespace
}  // namespace webtrack
