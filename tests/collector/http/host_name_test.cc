#include "http/host_name.h"

#include <gtest/gtest.h>

namespace collector {
namespace {

TEST(HostName, IsInLowerCaseWithoutThePort) {
  EXPECT_EQ(HostName("Demo.LocalHost:8787"), "demo.localhost");
  EXPECT_EQ(HostName("127.0.0.1"), "127.0.0.1");
  EXPECT_EQ(HostName("[::FFFF:1.2.3.4]:1"), "[::ffff:1.2.3.4]");
  EXPECT_EQ(HostName(""), "");
}

TEST(IsAddress, DistinguishesAddressesFromNames) {
  for (const char* name : {"127.0.0.1", "[::1]", "[::ffff:1.2.3.4]"}) {
    EXPECT_TRUE(IsAddress(name)) << name;
  }
  for (const char* name : {"localhost", "demo.localhost", "1.2.3.example"}) {
    EXPECT_FALSE(IsAddress(name)) << name;
  }
}

}  // namespace
}  // namespace collector
