#include "store/log_group.h"

#include <gtest/gtest.h>

namespace collector {
namespace {

TEST(FieldWriter, ReplacesInPlace) {
  Fields fields;
  FieldWriter writer;
  writer.Start(&fields);
  writer.Set("a", "1");
  writer.Set("b", "2");
  writer.Set("a", "3");
  EXPECT_EQ(fields, (Fields{{"a", "3"}, {"b", "2"}}));
}

TEST(FieldWriter, StartsAnew) {
  Fields first;
  Fields second{{"old", "0"}};
  FieldWriter writer;
  writer.Start(&first);
  writer.Set("a", "1");
  writer.Start(&second);
  writer.Set("a", "2");
  EXPECT_EQ(first, (Fields{{"a", "1"}}));
  EXPECT_EQ(second, (Fields{{"a", "2"}}));
}

}  // namespace
}  // namespace collector
