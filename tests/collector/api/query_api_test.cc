#include "api/query_api.h"

#include <gtest/gtest.h>

namespace collector {
namespace {

LogFilter Logs(const std::string& query) {
  return ParseLogFilter(ParseRequestTarget("/api/logs?" + query));
}
BatchFilter Batches(const std::string& query) {
  return ParseBatchFilter(ParseRequestTarget("/api/batches?" + query));
}

TEST(ParseLogFilter, HasDefaults) {
  const LogFilter filter = Logs("");
  EXPECT_EQ(filter.range.limit, 100);
  EXPECT_FALSE(filter.range.after || filter.range.before || filter.logstore || filter.topic ||
               filter.event || filter.batch);
  EXPECT_TRUE(filter.fields.empty());
}

TEST(ParseLogFilter, ReadsEveryParameter) {
  const LogFilter filter = Logs(
      "after=0&before=9&limit=10000&logstore=l&topic=&event=e%26&field.a=1&field.a=2&field.b.c=");
  EXPECT_EQ(filter.range.after, 0);
  EXPECT_EQ(filter.range.before, 9);
  EXPECT_EQ(filter.range.limit, 10'000);
  EXPECT_EQ(filter.logstore, "l");
  EXPECT_EQ(filter.topic, "");
  EXPECT_EQ(filter.event, "e&");
  EXPECT_EQ(filter.fields, (std::vector<std::pair<std::string, std::string>>{
                               {"a", "1"}, {"a", "2"}, {"b.c", ""}}));
}

TEST(ParseBatchFilter, ReadsEveryParameter) {
  EXPECT_EQ(Batches("status=200").status, 200);
  EXPECT_EQ(Batches("status=ok").outcome, BatchFilter::Outcome::kOk);
  EXPECT_EQ(Batches("status=error").outcome, BatchFilter::Outcome::kError);
  EXPECT_EQ(Batches("compression=lz4").compression, "lz4");
  EXPECT_EQ(Batches("batch_id=b&logstore=l").batch_id, "b");
  EXPECT_EQ(Batches("after=7").range.after, 7);
}

TEST(ParseFilters, RefuseUnknownRepeatedAndBadParametersByName) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"limit=0", "limit"},
      {"limit=10001", "limit"},
      {"limit=", "limit"},
      {"limit=1x", "limit"},
      {"limit=+1", "limit"},
      {"limit=1&limit=1", "limit"},
      {"after=-1", "after"},
      {"after=x", "after"},
      {"before=1.5", "before"},
      {"after=99999999999999999999", "after"},
      {"Limit=1", "Limit"},
      {"nonsense=1", "nonsense"},
      {"=1", "''"},
      {"field=1", "field"},
  };
  for (const auto& [query, name] : cases) {
    for (const bool logs : {true, false}) {
      try {
        logs ? static_cast<void>(Logs(query)) : static_cast<void>(Batches(query));
        ADD_FAILURE() << query;
      } catch (const ParameterError& error) {
        EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
      }
    }
  }
  std::string fields;
  for (int n = 0; n < 16; ++n) fields += "&field.a=" + std::to_string(n);
  EXPECT_EQ(Logs(fields).fields.size(), 16u);
  EXPECT_THROW(Logs(fields + "&field.b=1"), ParameterError);
  EXPECT_THROW(Logs("status=200"), ParameterError);
  EXPECT_THROW(Batches("event=a"), ParameterError);
  EXPECT_THROW(Batches("status=99"), ParameterError);
  EXPECT_THROW(Batches("status=good"), ParameterError);
  EXPECT_THROW(Batches("compression=gzip"), ParameterError);
}

}  // namespace
}  // namespace collector
