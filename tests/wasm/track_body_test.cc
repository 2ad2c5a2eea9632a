#include "track_body.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "test_batch.h"

namespace webtrack {
namespace {

const Fields kClick = {{"event", "click"}, {"x", "1"}};
const std::string kClickJson = "{\"event\":\"click\",\"x\":\"1\"}";
const std::string kEmptyTail = "],\"__source__\":\"\"}";

TEST(TrackBody, ReportsTheSizeOfTheBodyAtEveryStep) {
  TestBatch batch;
  for (int i = 0; i < 5; ++i) {
    const int32_t bytes = batch.Append(kClick);
    EXPECT_EQ(static_cast<size_t>(bytes), batch.Body().size());
  }
  const int32_t bytes = batch.SetEnvelope("source", "topic", {{"a", "b"}, {"c", "d"}});
  EXPECT_EQ(static_cast<size_t>(bytes), batch.Body().size());
}

TEST(TrackBody, LastEnvelopeWins) {
  TestBatch batch;
  ASSERT_GT(batch.SetEnvelope("a long source", "a topic", {{"tag", "value"}}), 0);
  ASSERT_GT(batch.Append(kClick), 0);
  ASSERT_GT(batch.SetEnvelope("s", "", {}), 0);
  EXPECT_EQ(batch.Body(), "{\"__logs__\":[" + kClickJson + "],\"__source__\":\"s\"}");
}

TEST(TrackBody, FullBatchRefusesAndStaysAsItWas) {
  TestBatch batch(400);
  int32_t result = 0;
  int logs = 0;
  while ((result = batch.Append(kClick)) > 0) {
    EXPECT_LE(result, 400);
    ++logs;
  }
  EXPECT_EQ(result, WEBTRACK_FULL);
  EXPECT_EQ(webtrack_logs(batch.get()), static_cast<uint32_t>(logs));
  const std::string body = batch.Body();
  EXPECT_EQ(nlohmann::json::parse(body)["__logs__"].size(), static_cast<size_t>(logs));
  // One more log would not fit.
  EXPECT_GT(body.size() + 1 + kClickJson.size(), 400u);

  batch.Discard(1);
  EXPECT_GT(batch.Append(kClick), 0);
  EXPECT_EQ(batch.Body(), body);
}

TEST(TrackBody, HoldsExactlyItsLimit) {
  const std::string body = "{\"__logs__\":[" + kClickJson + kEmptyTail;
  TestBatch fits(static_cast<uint32_t>(body.size()));
  EXPECT_EQ(fits.Append(kClick), static_cast<int32_t>(body.size()));
  TestBatch over(static_cast<uint32_t>(body.size()) - 1);
  EXPECT_EQ(over.Append(kClick), WEBTRACK_TOO_LARGE);
}

TEST(TrackBody, LimitBelowAnEmptyBodyMakesNoBatch) {
  const auto empty = static_cast<uint32_t>(("{\"__logs__\":[" + kEmptyTail).size());
  for (uint32_t limit = 1; limit < empty; ++limit) {
    EXPECT_EQ(webtrack_batch_create(limit, 0), nullptr) << limit;
  }
  TestBatch batch(empty);
  EXPECT_EQ(batch.Append({}), WEBTRACK_TOO_LARGE);
}

TEST(TrackBody, EventTooLargeForAnyBatchIsRefusedWithoutDamage) {
  TestBatch batch(10000);
  const Fields large = {{"k", std::string(20000, 'x')}};
  const Fields grows = {{"k", std::string(5000, '\x01')}};  // escaping makes it six times as long
  EXPECT_EQ(batch.Append(large), WEBTRACK_TOO_LARGE);
  EXPECT_EQ(batch.Append(grows), WEBTRACK_TOO_LARGE);
  ASSERT_GT(batch.Append(kClick), 0);
  EXPECT_EQ(batch.Append(large), WEBTRACK_FULL);
  EXPECT_EQ(batch.Append(grows), WEBTRACK_FULL);
  EXPECT_EQ(batch.Body(), "{\"__logs__\":[" + kClickJson + kEmptyTail);
}

TEST(TrackBody, CountsLogs) {
  TestBatch batch(0, 3);
  for (int i = 0; i < 3; ++i) ASSERT_GT(batch.Append(kClick), 0);
  EXPECT_EQ(batch.Append(kClick), WEBTRACK_FULL);
  EXPECT_EQ(webtrack_logs(batch.get()), 3u);
  batch.Discard(3);
  EXPECT_EQ(webtrack_logs(batch.get()), 0u);
  EXPECT_GT(batch.Append(kClick), 0);
}

TEST(TrackBody, EnvelopeThatDoesNotFitIsRefusedWithoutDamage) {
  TestBatch batch(200);
  ASSERT_GT(batch.SetEnvelope("source", "", {}), 0);
  while (batch.Append(kClick) > 0) {
  }
  const std::string body = batch.Body();
  EXPECT_EQ(batch.SetEnvelope(std::string(100, 's'), "", {}), WEBTRACK_FULL);
  EXPECT_EQ(batch.SetEnvelope(std::string(1000, 's'), "", {}), WEBTRACK_FULL);
  EXPECT_EQ(batch.Body(), body);
}

TEST(TrackBody, DiscardKeepsTheYoungerLogs) {
  TestBatch batch;
  for (int i = 0; i < 10; ++i) ASSERT_GT(batch.Append({{"n", std::to_string(i)}}), 0);
  batch.Discard(7);
  batch.Discard(0);
  ASSERT_GT(batch.Append({{"n", "10"}}), 0);
  EXPECT_EQ(batch.Body(),
            "{\"__logs__\":[{\"n\":\"7\"},{\"n\":\"8\"},{\"n\":\"9\"},{\"n\":\"10\"}" + kEmptyTail);
  batch.Discard(100);
  EXPECT_EQ(webtrack_logs(batch.get()), 0u);
  ASSERT_GT(batch.Append(kClick), 0);
  EXPECT_EQ(batch.Body(), "{\"__logs__\":[" + kClickJson + kEmptyTail);
}

// Appends `list` unchanged in the terminated notation.
int32_t AppendRaw(TestBatch& batch, const std::string& list, uint32_t fields) {
  uint8_t* input = webtrack_input(batch.get(), 64);
  std::copy(list.begin(), list.end(), input);
  return webtrack_append(batch.get(), static_cast<uint32_t>(list.size()), fields);
}

TEST(TrackBody, MarkStandsForTheFieldOfTheLastLogWithAsManyFields) {
  using std::string_literals::operator""s;
  TestBatch batch;
  ASSERT_GT(AppendRaw(batch, "a\0\"1\"\0b\0002\0c\0003\0"s, 3), 0);
  ASSERT_GT(AppendRaw(batch, "x\0y\0"s, 1), 0);
  ASSERT_GT(AppendRaw(batch, "\xff\xff\xff"s, 3), 0);
  ASSERT_GT(AppendRaw(batch, "\xff"s + "b\0four\0"s + "\xff"s, 3), 0);
  ASSERT_GT(AppendRaw(batch, "d\0005\0"s + "\xff\xff"s, 3), 0);
  ASSERT_GT(AppendRaw(batch, "\xff"s, 1), 0);
  EXPECT_EQ(
      batch.Body(),
      R"({"__logs__":[{"a":"\"1\"","b":"2","c":"3"},{"x":"y"},{"a":"\"1\"","b":"2","c":"3"},)"
      R"({"a":"\"1\"","b":"four","c":"3"},{"d":"5","b":"four","c":"3"},{"x":"y"}],"__source__":""})");
}

TEST(TrackBody, MarkWithoutARememberedLogIsRefusedWithoutDamage) {
  using std::string_literals::operator""s;
  TestBatch batch;
  EXPECT_EQ(AppendRaw(batch, "\xff"s, 1), WEBTRACK_MALFORMED);
  ASSERT_GT(AppendRaw(batch, "a\0001\0"s, 1), 0);
  EXPECT_EQ(AppendRaw(batch, "\xff\xff"s, 2), WEBTRACK_MALFORMED);
  EXPECT_EQ(AppendRaw(batch, "\xff\xff"s, 1), WEBTRACK_NUL_IN_TEXT);
  EXPECT_EQ(AppendRaw(batch, "a\0\xff"s, 1), WEBTRACK_NUL_IN_TEXT);  // in place of a value
  EXPECT_EQ(AppendRaw(batch, "a\0b\xff"s, 1), WEBTRACK_MALFORMED);   // within a value
  ASSERT_GT(AppendRaw(batch, "\xff"s, 1), 0);  // the log is still remembered after the refusals
  webtrack_discard(batch.get(), 1);
  EXPECT_EQ(AppendRaw(batch, "\xff"s, 1), WEBTRACK_MALFORMED);
  EXPECT_EQ(batch.Body(), "{\"__logs__\":[{\"a\":\"1\"}" + kEmptyTail);
}

TEST(TrackBody, RemembersOnlyLogsWithinTheFieldLimit) {
  for (const size_t fields : {WEBTRACK_REMEMBERED_FIELDS, WEBTRACK_REMEMBERED_FIELDS + 1}) {
    TestBatch batch;
    Fields log;
    for (size_t i = 0; i < fields; ++i) log.emplace_back(std::to_string(i), "v");
    ASSERT_GT(batch.Append(log), 0);
    const int32_t result =
        AppendRaw(batch, std::string(fields, '\xff'), static_cast<uint32_t>(fields));
    if (fields == WEBTRACK_REMEMBERED_FIELDS) {
      EXPECT_GT(result, 0);
      ASSERT_GT(batch.Append(log), 0);
      const auto logs = nlohmann::json::parse(batch.Body())["__logs__"];
      EXPECT_EQ(logs[0], logs[1]);
      EXPECT_EQ(logs[0], logs[2]);
    } else {
      EXPECT_EQ(result, WEBTRACK_MALFORMED);
    }
  }
}

TEST(TrackBody, RefusedLogIsNotRemembered) {
  TestBatch batch(100);
  ASSERT_GT(AppendRaw(batch, std::string("a\0b\0", 4), 1), 0);
  EXPECT_EQ(AppendRaw(batch, "c" + std::string(1, '\0') + std::string(60, 'd') + '\0', 1),
            WEBTRACK_FULL);
  ASSERT_GT(AppendRaw(batch, "\xff", 1), 0);
  EXPECT_EQ(batch.Body(), "{\"__logs__\":[{\"a\":\"b\"},{\"a\":\"b\"}" + kEmptyTail);
}

TEST(TrackBody, MalformedListsAreRefusedWithoutDamage) {
  TestBatch batch;
  ASSERT_GT(batch.Append(kClick), 0);
  const std::string body = batch.Body();
  webtrack_batch* raw = batch.get();
  const auto put = [&](const std::string& text) {
    std::copy(text.begin(), text.end(), webtrack_input(raw, 64));
    return static_cast<uint32_t>(text.size());
  };
  using std::string_literals::operator""s;

  EXPECT_EQ(webtrack_append(raw, put("a\0b\0"s), 2), WEBTRACK_MALFORMED);  // too few strings
  EXPECT_EQ(webtrack_append(raw, put("a\0b"s), 1), WEBTRACK_MALFORMED);    // not terminated
  EXPECT_EQ(webtrack_append(raw, put("a"s), 1), WEBTRACK_MALFORMED);
  EXPECT_EQ(webtrack_append(raw, put("a\0b\0c\0"s), 1), WEBTRACK_NUL_IN_TEXT);
  EXPECT_EQ(webtrack_append(raw, put("a"s), 0), WEBTRACK_NUL_IN_TEXT);
  EXPECT_EQ(webtrack_append(raw, put("a\0"s), UINT32_MAX), WEBTRACK_MALFORMED);
  EXPECT_EQ(webtrack_append(raw, 1u << 30, 1), WEBTRACK_MALFORMED);  // beyond the input area
  EXPECT_EQ(webtrack_append(raw, UINT32_MAX, UINT32_MAX), WEBTRACK_MALFORMED);

  const std::string one = "\1\0\0\0a"s;
  EXPECT_EQ(webtrack_append_sized(raw, put(one), 1), WEBTRACK_MALFORMED);  // no value
  EXPECT_EQ(webtrack_append_sized(raw, put(one + "\2\0\0\0b"s), 1), WEBTRACK_MALFORMED);
  EXPECT_EQ(webtrack_append_sized(raw, put(one + "\xff\xff\xff\xff"s), 1), WEBTRACK_MALFORMED);
  EXPECT_EQ(webtrack_append_sized(raw, put(one + one + one), 1), WEBTRACK_MALFORMED);
  EXPECT_EQ(webtrack_append_sized(raw, put(one + "\1\0"s), 1), WEBTRACK_MALFORMED);

  EXPECT_EQ(webtrack_envelope(raw, 0, 0), WEBTRACK_MALFORMED);
  EXPECT_EQ(webtrack_envelope(raw, put(one), 1), WEBTRACK_MALFORMED);
  EXPECT_EQ(webtrack_envelope(raw, put(one + one + one), 3), WEBTRACK_MALFORMED);
  EXPECT_EQ(webtrack_envelope(raw, put(one + one), 4), WEBTRACK_MALFORMED);
  EXPECT_EQ(webtrack_envelope(raw, put(one + one + one), 2), WEBTRACK_MALFORMED);

  EXPECT_EQ(batch.Body(), body);
}

}  // namespace
}  // namespace webtrack
