// Tracks random events and compares the result with nlohmann/json, which parses the core's output.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "test_batch.h"

namespace webtrack {
namespace {

using Json = nlohmann::ordered_json;

class RandomEvents {
 public:
  explicit RandomEvents(uint32_t seed) : random_(seed) {}

  uint32_t Below(uint32_t bound) { return random_() % bound; }

  std::string Text() {
    static const std::vector<std::string> kPieces = {
        "a",         "click",   "/", "\"",   "\\",     "\n", std::string(1, '\0'),
        "\x1f",      "\x7f",    "é", "日志", "\uffff", "😀",  "https://example.com/?a=1&b=2",
        "{\"a\":1}", "        "};
    std::string text;
    for (uint32_t pieces = Below(12); pieces > 0; --pieces) {
      text += kPieces[Below(static_cast<uint32_t>(kPieces.size()))];
    }
    return text;
  }

  Fields Event() {
    Fields fields;
    const uint32_t count = Below(10);
    for (uint32_t i = 0; i < count; ++i) {
      // The next event of a real page often repeats fields of the last one.
      if (i < last_.size() && Below(2) == 0) {
        fields.push_back(last_[i]);
      } else {
        // Keys must differ, because a JSON object of nlohmann/json keeps each key only once.
        fields.emplace_back(std::to_string(i) + Text(), Text());
      }
    }
    last_ = fields;
    return fields;
  }

 private:
  std::mt19937 random_;
  Fields last_;
};

Json ObjectOf(const Fields& fields) {
  Json object = Json::object();
  for (const auto& [key, value] : fields) object[key] = value;
  return object;
}

class PropertyTest : public testing::TestWithParam<uint32_t> {};

TEST_P(PropertyTest, SealedBodiesHoldTheTrackedEvents) {
  RandomEvents events(GetParam());
  const uint32_t max_bytes = 200 + events.Below(20000);
  TestBatch batch(max_bytes);
  const std::string source = events.Text();
  const std::string topic = events.Text();
  const Fields tags = events.Event();
  Json envelope = {{"__source__", source}};
  if (!topic.empty()) envelope["__topic__"] = topic;
  if (!tags.empty()) envelope["__tags__"] = ObjectOf(tags);
  if (batch.SetEnvelope(source, topic, tags) < 0) {
    // The only valid reason is that the envelope is too large for this batch.
    ASSERT_GT(envelope.dump().size() + sizeof("\"__logs__\":[],"), max_bytes);
    envelope = {{"__source__", ""}};
  }

  Json open = Json::array();
  const auto expect_body = [&](const std::string& text, size_t logs) {
    Json expected = envelope;
    expected["__logs__"] = Json(open.begin(), open.begin() + static_cast<ptrdiff_t>(logs));
    const Json body = Json::parse(text);
    ASSERT_EQ(nlohmann::json(body), nlohmann::json(expected));
    ASSERT_EQ(body["__logs__"].dump(), expected["__logs__"].dump());  // the order of fields too
    ASSERT_LE(text.size(), max_bytes);
  };

  const auto any_compression = [&] { return static_cast<webtrack_compression>(events.Below(3)); };
  for (int step = 0; step < 200; ++step) {
    const uint32_t kind = events.Below(20);
    if (kind == 0) {
      const uint32_t bound = events.Below(max_bytes);
      const Sealed sealed = batch.Seal(any_compression(), bound);
      const auto logs = static_cast<size_t>(sealed.logs);
      ASSERT_LE(sealed.wire.size(), bound);
      if (logs == 0) continue;
      expect_body(sealed.body, logs);
      batch.Discard(static_cast<uint32_t>(logs));
      open.erase(open.begin(), open.begin() + static_cast<ptrdiff_t>(logs));
      continue;
    }
    const Fields fields = events.Event();
    const int32_t result = batch.Append(fields);
    if (result < 0) {
      ASSERT_EQ(result, open.empty() ? WEBTRACK_TOO_LARGE : WEBTRACK_FULL);
    } else {
      open.push_back(ObjectOf(fields));
    }
    ASSERT_EQ(webtrack_logs(batch.get()), open.size());
    if (!open.empty() && step % 8 == 0)
      expect_body(batch.Seal(any_compression()).body, open.size());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, PropertyTest, testing::Range(0u, 40u));

}  // namespace
}  // namespace webtrack
