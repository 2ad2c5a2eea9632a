#include "store/log_group.h"

#include <gtest/gtest.h>

namespace collector {
namespace {

TEST(SetField, ReplacesInPlace) {
  Fields fields;
  SetField(&fields, "a", "1");
  SetField(&fields, "b", "2");
  SetField(&fields, "a", "3");
  EXPECT_EQ(fields, (Fields{{"a", "3"}, {"b", "2"}}));
}

}  // namespace
}  // namespace collector
