#include "track/write_quota.h"

#include <gtest/gtest.h>

namespace collector {
namespace {

using std::chrono::seconds;

const WriteQuota::Clock::time_point kStart(seconds(1000));

TEST(WriteQuota, LimitsRequestsPerMinute) {
  WriteQuota quota(2);
  EXPECT_TRUE(quota.Take(kStart));
  EXPECT_TRUE(quota.Take(kStart + seconds(1)));
  EXPECT_FALSE(quota.Take(kStart + seconds(2)));
  EXPECT_FALSE(quota.Take(kStart + seconds(59)));
  EXPECT_TRUE(quota.Take(kStart + seconds(60)));
  EXPECT_TRUE(quota.Take(kStart + seconds(61)));
  EXPECT_FALSE(quota.Take(kStart + seconds(62)));
}

TEST(WriteQuota, ZeroMeansNoLimit) {
  WriteQuota quota(0);
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(quota.Take(kStart));
}

}  // namespace
}  // namespace collector
