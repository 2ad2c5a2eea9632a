#include "byte_buffer.h"

#include <gtest/gtest.h>

#include <string>

namespace webtrack {
namespace {

TEST(ByteBuffer, GrowsUpToItsCeilingAndNoFurther) {
  ByteBuffer buffer(1000);
  const std::string part(99, 'x');
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(buffer.Append(part.data(), 99));
  EXPECT_FALSE(buffer.Reserve(11));
  EXPECT_FALSE(buffer.Append(part.data(), 11));
  EXPECT_FALSE(buffer.out_of_memory());
  EXPECT_EQ(buffer.size(), 990u);
  EXPECT_TRUE(buffer.Append(part.data(), 10));
  EXPECT_EQ(std::string(buffer.data(), buffer.size()), std::string(1000, 'x'));
}

TEST(ByteBuffer, RefusesSizesThatWouldWrapAround) {
  ByteBuffer buffer(1000);
  ASSERT_TRUE(buffer.Append("abc", 3));
  EXPECT_FALSE(buffer.Reserve(UINT32_MAX));
  EXPECT_FALSE(buffer.Reserve(UINT32_MAX - 2));
  EXPECT_EQ(std::string(buffer.data(), buffer.size()), "abc");
}

}  // namespace
}  // namespace webtrack
