#include "track/faults.h"

#include <gtest/gtest.h>

namespace collector {
namespace {

TEST(ParseFault, ReadsAllMembers) {
  Fault fault;
  ASSERT_FALSE(ParseFault(R"({"answer":"ServerBusy","status":502,"times":2,"cors":false,)"
                          R"("retry_after":"3","after_store":true})",
                          &fault)
                   .has_value());
  EXPECT_EQ(fault.code, ErrorCode::kServerBusy);
  EXPECT_EQ(fault.status, 502);
  EXPECT_EQ(fault.times, 2);
  EXPECT_FALSE(fault.cors);
  EXPECT_EQ(fault.retry_after, "3");
  EXPECT_TRUE(fault.after_store);
}

TEST(ParseFault, NeedsOnlyAnAnswer) {
  Fault fault;
  ASSERT_FALSE(ParseFault(R"({"answer":"Proxy"})", &fault).has_value());
  EXPECT_FALSE(fault.code.has_value());
  EXPECT_FALSE(fault.status.has_value());
  EXPECT_EQ(fault.times, 1);
  EXPECT_TRUE(fault.cors);
  EXPECT_FALSE(fault.retry_after.has_value());
  EXPECT_FALSE(fault.after_store);
}

TEST(ParseFault, RefusesEverythingElse) {
  for (const char* body :
       {"", "[]", "{}", "{", R"({"times":1})", R"({"answer":1})", R"({"answer":"Nonsense"})",
        R"({"answer":"Proxy","status":200})", R"({"answer":"Proxy","status":600})",
        R"({"answer":"Proxy","times":0})", R"({"answer":"Proxy","times":1.5})",
        R"({"answer":"Proxy","times":18446744073709551615})", R"({"answer":"Proxy","cors":1})",
        R"({"answer":"Proxy","retry_after":3})", R"({"answer":"Proxy","retry_after":"a\r\nb: c"})",
        R"({"answer":"Proxy","after_store":"yes"})", R"({"answer":"Proxy","more":1})"}) {
    Fault fault;
    EXPECT_TRUE(ParseFault(body, &fault).has_value()) << body;
  }
}

}  // namespace
}  // namespace collector
