#include "store/retention.h"

#include <gtest/gtest.h>

namespace collector {
namespace {

TEST(Retention, ReadsDaysAndSizes) {
  EXPECT_EQ(ParseRetention("30d")->milliseconds, int64_t{30} * 86'400'000);
  EXPECT_EQ(ParseRetention("30d")->bytes, 0);
  EXPECT_EQ(ParseRetention("500MB")->bytes, 500'000'000);
  EXPECT_EQ(ParseRetention("20GB")->bytes, 20'000'000'000);
  EXPECT_EQ(ParseRetention("20GB")->milliseconds, 0);
}

TEST(Retention, RefusesOtherTexts) {
  for (const char* text : {"", "d", "0d", "-1d", "1.5d", "30", "30 d", "30D", "5gb", "5GBx",
                           "100001d", "99999999999999999999d"}) {
    EXPECT_FALSE(ParseRetention(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace collector
