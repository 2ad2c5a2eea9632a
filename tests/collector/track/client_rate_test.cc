#include "track/client_rate.h"

#include <gtest/gtest.h>

namespace collector {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const ClientRate::Clock::time_point kStart(seconds(1000));

TEST(ClientRate, LimitsEachAddress) {
  ClientRate rate(2);
  EXPECT_TRUE(rate.Take("a", kStart));
  EXPECT_TRUE(rate.Take("a", kStart));
  EXPECT_FALSE(rate.Take("a", kStart));
  EXPECT_TRUE(rate.Take("b", kStart));
  EXPECT_FALSE(rate.Take("a", kStart + milliseconds(400)));
  EXPECT_TRUE(rate.Take("a", kStart + milliseconds(500)));
  EXPECT_FALSE(rate.Take("a", kStart + milliseconds(600)));
}

TEST(ClientRate, AllowsNoMoreAtOnceAfterARest) {
  ClientRate rate(2);
  EXPECT_TRUE(rate.Take("a", kStart));
  for (int n = 0; n < 2; ++n) EXPECT_TRUE(rate.Take("a", kStart + seconds(100)));
  EXPECT_FALSE(rate.Take("a", kStart + seconds(100)));
}

TEST(ClientRate, ForgetsAddressesInAFlood) {
  ClientRate rate(1);
  for (int n = 0; n < 250'000; ++n) ASSERT_TRUE(rate.Take(std::to_string(n), kStart));
}

TEST(ClientRate, ZeroMeansNoLimit) {
  ClientRate rate(0);
  for (int n = 0; n < 10'000; ++n) ASSERT_TRUE(rate.Take("a", kStart));
}

}  // namespace
}  // namespace collector
