// Bodies that come back: every golden case, and bytes that were damaged in each way at hand.
#include <gtest/gtest.h>
#include <lz4.h>

#include <nlohmann/json.hpp>
#include <random>

#include "golden_cases.h"
#include "lz4_block.h"
#include "test_batch.h"

namespace webtrack {
namespace {

using Json = nlohmann::ordered_json;

constexpr uint32_t kMaxBytes = 2800000;

std::string LogsOf(const std::string& body) { return Json::parse(body)["__logs__"].dump(); }

// A batch with a log and an envelope of its own, and what it says.
struct Holder {
  explicit Holder(uint32_t max_bytes = 0, uint32_t max_logs = 0) : batch(max_bytes, max_logs) {
    EXPECT_GT(batch.SetEnvelope("s", "t", {{"a", "b"}}), 0);
    EXPECT_GT(batch.Append({{"k", "v"}, {"l", "w"}}), 0);
    before = batch.Body();
  }

  // Refused, with the batch as it was, what it remembers included.
  void ExpectRefused(const std::string& wire, size_t raw_bytes, int32_t status) {
    ASSERT_EQ(batch.Load(wire, raw_bytes), status);
    ASSERT_EQ(batch.Body(), before);
    ASSERT_GT(batch.Append({{"k", "v"}, {"l", "x"}}), 0);
    ASSERT_EQ(LogsOf(batch.Body()), R"([{"k":"v","l":"w"},{"k":"v","l":"x"}])");
    batch.Discard(2);
    ASSERT_GT(batch.Append({{"k", "v"}, {"l", "w"}}), 0);
  }

  TestBatch batch;
  std::string before;
};

class LoadGoldenTest : public testing::TestWithParam<GoldenCase> {};

TEST_P(LoadGoldenTest, SealsAgainAsItWas) {
  const GoldenCase& golden = GetParam();
  TestBatch source;
  ASSERT_GT(source.SetEnvelope(golden.source, golden.topic, golden.tags), 0);
  for (const Fields& log : golden.logs) ASSERT_GT(source.Append(log), 0);
  for (const webtrack_compression first : {WEBTRACK_LZ4, WEBTRACK_PLAIN}) {
    const Sealed sealed = source.Seal(first);
    for (const webtrack_compression second : {WEBTRACK_LZ4, WEBTRACK_PLAIN}) {
      Holder holder;
      TestBatch& batch = holder.batch;
      ASSERT_EQ(batch.Load(sealed.wire, sealed.body.size()), sealed.logs);
      ASSERT_EQ(webtrack_logs(batch.get()), golden.logs.size());
      ASSERT_TRUE(Json::parse(batch.Body())["__source__"] == "s");
      ASSERT_GT(batch.SetEnvelope(golden.source, golden.topic, golden.tags), 0);
      const Sealed again = batch.Seal(second);
      ASSERT_EQ(again.logs, sealed.logs);
      ASSERT_TRUE(again.body == golden.body);
      // In two parts, the first by number.
      const auto half = static_cast<uint32_t>(golden.logs.size() / 2);
      const Sealed part = batch.Seal(second, WEBTRACK_NO_BOUND, half);
      ASSERT_EQ(static_cast<uint32_t>(part.logs), half);
      batch.Discard(half);
      Json logs = half == 0 ? Json::array() : Json::parse(part.body)["__logs__"];
      const Json rest = Json::parse(batch.Body());
      for (const Json& log : rest["__logs__"]) logs.push_back(log);
      ASSERT_TRUE(logs.dump() == LogsOf(golden.body));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, LoadGoldenTest, testing::ValuesIn(ReadGoldenCases()),
                         [](const testing::TestParamInfo<GoldenCase>& golden) {
                           std::string name = golden.param.name;
                           for (char& c : name) {
                             if (!isalnum(static_cast<unsigned char>(c))) c = '_';
                           }
                           return name;
                         });

TEST(Load, TheBatchGoesOn) {
  Holder holder;
  const std::string body = R"({"__logs__":[{"k":"1","l":"2"}],"__source__":""})";
  ASSERT_EQ(holder.batch.Load(body, body.size()), 1);
  // Nothing is remembered of the log that was there.
  uint8_t* input = webtrack_input(holder.batch.get(), 2);
  input[0] = input[1] = 0xff;
  EXPECT_EQ(webtrack_append(holder.batch.get(), 2, 2), WEBTRACK_MALFORMED);
  EXPECT_GT(holder.batch.Append({{"k", "1"}, {"l", "3"}}), 0);
  EXPECT_GT(holder.batch.Append({{"k", "1"}, {"l", "4"}}), 0);
  EXPECT_EQ(LogsOf(holder.batch.Body()),
            R"([{"k":"1","l":"2"},{"k":"1","l":"3"},{"k":"1","l":"4"}])");
  holder.batch.Discard(1);
  EXPECT_EQ(LogsOf(holder.batch.Body()), R"([{"k":"1","l":"3"},{"k":"1","l":"4"}])");
}

TEST(Load, LimitsHold) {
  const std::string body = R"({"__logs__":[{"k":"1"},{"k":"2"},{"k":"3"}],"__source__":""})";
  Holder two_logs(0, 2);
  EXPECT_EQ(two_logs.batch.Load(body, body.size()), WEBTRACK_TOO_LARGE);
  EXPECT_EQ(two_logs.batch.Body(), two_logs.before);

  const auto bytes = static_cast<uint32_t>(body.size());
  TestBatch fits(bytes);
  EXPECT_EQ(fits.Load(body, body.size()), 3);
  EXPECT_EQ(fits.Body(), body);
  EXPECT_EQ(fits.Append({}), WEBTRACK_FULL);
  TestBatch too_small(bytes - 1);
  EXPECT_EQ(too_small.Load(body, body.size()), WEBTRACK_TOO_LARGE);
  // It is the batch's own envelope that has to fit.
  TestBatch other(bytes);
  ASSERT_GT(other.SetEnvelope("x", "", {}), 0);
  EXPECT_EQ(other.Load(body, body.size()), WEBTRACK_TOO_LARGE);
  EXPECT_EQ(webtrack_logs(other.get()), 0u);

  Holder holder;
  holder.ExpectRefused(body, kMaxBytes + 1, WEBTRACK_TOO_LARGE);
  holder.ExpectRefused(body, UINT32_MAX, WEBTRACK_TOO_LARGE);
  holder.ExpectRefused(body, kMaxBytes, WEBTRACK_MALFORMED);
  EXPECT_EQ(webtrack_load(holder.batch.get(), UINT32_MAX, UINT32_MAX), WEBTRACK_MALFORMED);
  EXPECT_EQ(webtrack_load(holder.batch.get(), WEBTRACK_ENDPOINT_BYTES, 10), WEBTRACK_MALFORMED);
}

TEST(Load, AcceptsWhatJsonStringifyWrites) {
  Holder holder;
  const std::string body = R"({"__logs__":[{},{"":""},{"a\"\\\b\f\n\r\t\u0000\u001f\/":")"
                           "é日\uffff😀\x7f"
                           R"("}],"__source__":"","__tags__":{}})";
  ASSERT_EQ(holder.batch.Load(body, body.size()), 3);
  EXPECT_EQ(LogsOf(holder.batch.Body()), LogsOf(body));
}

TEST(Load, RefusesWhatIsNoBody) {
  Holder holder;
  const std::vector<std::string> logs = {
      "",
      "{",
      "{}",
      "{},",
      "{},]",
      "]",
      "[]]",
      "{}}",
      "{} ]",
      "{}{}]",
      "{},{]",
      R"({"a"}])",
      R"({"a":}])",
      R"({"a":1}])",
      R"({"a":null}])",
      R"({"a":{}}])",
      R"({"a":"b",}])",
      R"({,"a":"b"}])",
      R"({"a":"b" }])",
      R"({"a":"b"],)",
      R"({"a":"b)",
      R"({"a":"b\)",
      R"({"a":"b\u00)",
      R"({"a":"b\"}])",
      R"({"a":"\x"}])",
      R"({"a":"\'"}])",
      R"({"a":"\u0020"}])",
      R"({"a":"\u001g"}])",
      R"({"a":"\u001:"}])",
      R"({"a":"\u001/"}])",
      R"({"a":"\u00"}])",
      R"({"a":"\ud800"}])",
      R"({"a":"\u1000"}])",
      "{\"a\":\"\n\"}]",
      "{\"a\":\"\x1f\"}]",
      "{\"a\":\"\x80\"}]",
      "{\"a\":\"\xc0\x80\"}]",
      "{\"a\":\"\xc1\xbf\"}]",
      "{\"a\":\"\xc2\"}]",
      "{\"a\":\"\xe0\x9f\xbf\"}]",
      "{\"a\":\"\xe2\x82\"}]",
      "{\"a\":\"\xed\xa0\x80\"}]",
      "{\"a\":\"\xed\xbf\xbf\"}]",
      "{\"a\":\"\xf0\x8f\xbf\xbf\"}]",
      "{\"a\":\"\xf4\x90\x80\x80\"}]",
      "{\"a\":\"\xf5\x80\x80\x80\"}]",
      "{\"a\":\"\xf0\x9f\x98",
      "{\"a\":\"\xff\"}]",
      std::string("{\"a\":\"\0\"}]", 10),
  };
  for (const std::string& text : logs) {
    SCOPED_TRACE(text);
    const std::string body = "{\"__logs__\":[" + text;
    holder.ExpectRefused(body, body.size(), WEBTRACK_MALFORMED);
  }
  for (const std::string body :
       {"", "{", "{\"__logs__\":", "{\"__log5__\":[{}],\"__source__\":\"\"}",
        " {\"__logs__\":[{}]}", "[{}]"}) {
    holder.ExpectRefused(body, body.size(), WEBTRACK_MALFORMED);
  }
  const std::string body = "{\"__logs__\":[{}],\"__source__\":\"\"}";
  holder.ExpectRefused(body, body.size() - 1, WEBTRACK_MALFORMED);
  holder.ExpectRefused(body, body.size() + 1, WEBTRACK_MALFORMED);
  EXPECT_EQ(holder.batch.Load(body, body.size()), 1);
}

// Every character of Unicode, as nlohmann/json would have it.
TEST(Load, TakesAllOfUtf8) {
  std::string text;
  for (uint32_t code = 0x20; code < 0x110000; code += code < 0x3000 ? 1 : 61) {
    if (code == '"' || code == '\\' || code >> 11 == 27) continue;
    if (code < 0x80) {
      text += static_cast<char>(code);
    } else if (code < 0x800) {
      text += static_cast<char>(0xc0 | code >> 6);
    } else if (code < 0x10000) {
      text += static_cast<char>(0xe0 | code >> 12);
      text += static_cast<char>(0x80 | (code >> 6 & 63));
    } else {
      text += static_cast<char>(0xf0 | code >> 18);
      text += static_cast<char>(0x80 | (code >> 12 & 63));
      text += static_cast<char>(0x80 | (code >> 6 & 63));
    }
    if (code >= 0x80) text += static_cast<char>(0x80 | (code & 63));
  }
  const std::string body = "{\"__logs__\":[{\"k\":\"" + text + "\"}],\"__source__\":\"\"}";
  TestBatch batch;
  ASSERT_EQ(batch.Load(body, body.size()), 1);
  EXPECT_TRUE(batch.Body() == body);
  EXPECT_NO_THROW(Json::parse(body));
}

std::vector<Sealed> Samples(std::mt19937& random) {
  std::vector<Sealed> samples;
  for (const int logs : {1, 3, 40}) {
    for (const webtrack_compression compression : {WEBTRACK_LZ4, WEBTRACK_PLAIN}) {
      TestBatch batch;
      for (int i = 0; i < logs; ++i) {
        const Fields fields = {
            {"event", "page \"view\"\n\x01"},
            {"n", std::to_string(random() % 1000)},
            {"text", random() % 2 ? "日志é😀" : std::string(random() % 400, 'x')}};
        EXPECT_GT(batch.Append(fields), 0);
      }
      samples.push_back(batch.Seal(compression));
    }
  }
  return samples;
}

// What is accepted seals to valid JSON with as many logs; what is not leaves the batch as it was.
class DamagedTest : public testing::TestWithParam<uint32_t> {};

TEST_P(DamagedTest, IsRefusedOrIsJson) {
  std::mt19937 random(GetParam());
  const auto below = [&](size_t bound) { return random() % static_cast<uint32_t>(bound); };
  const std::vector<Sealed> samples = Samples(random);
  int accepted = 0;
  TestBatch batch(60000);
  ASSERT_GT(batch.Append({{"k", "v"}}), 0);
  std::string before = batch.Body();
  for (int round = 0; round < 2500; ++round) {
    const Sealed& sample = samples[below(samples.size())];
    std::string wire = sample.wire;
    size_t raw_bytes = sample.body.size();
    const bool plain = wire.size() == raw_bytes;
    switch (below(6)) {
      case 0:  // cut off
        wire.resize(below(wire.size()));
        if (plain && below(2) == 0) raw_bytes = wire.size();
        break;
      case 1:  // bits that flipped
        for (uint32_t flips = 1 + below(3); flips > 0; --flips) {
          wire[below(wire.size())] ^= static_cast<char>(1 << below(8));
        }
        break;
      case 2:  // bytes that changed
        for (uint32_t bytes = 1 + below(8); bytes > 0; --bytes) {
          wire[below(wire.size())] = static_cast<char>(random());
        }
        break;
      case 3:  // another size
        raw_bytes = below(2) == 0 ? below(70000) : raw_bytes + below(9) - 4;
        break;
      case 4: {  // a part that was written over by another
        const size_t from = below(wire.size());
        const size_t bytes = below(std::min<size_t>(wire.size() - from, 64));
        wire.replace(below(wire.size() - bytes), bytes, wire, from, bytes);
        break;
      }
      default:  // noise
        wire.resize(below(300));
        for (char& byte : wire) byte = static_cast<char>(random());
        raw_bytes = wire.size() + below(1000);
    }
    const int32_t logs = batch.Load(wire, raw_bytes);
    if (logs < 0) {
      ASSERT_TRUE(logs == WEBTRACK_MALFORMED || logs == WEBTRACK_TOO_LARGE);
      ASSERT_EQ(batch.Body(), before);
      continue;
    }
    ++accepted;
    ASSERT_GT(logs, 0);
    before = batch.Body();
    const Json body = Json::parse(before);  // which would throw
    ASSERT_EQ(body["__logs__"].size(), static_cast<size_t>(logs));
    ASSERT_EQ(webtrack_logs(batch.get()), static_cast<uint32_t>(logs));
    ASSERT_EQ(batch.Seal(WEBTRACK_LZ4).body, before);
  }
  EXPECT_GT(accepted, 50);
}

INSTANTIATE_TEST_SUITE_P(Seeds, DamagedTest, testing::Range(0u, 16u));

// The decoder alone, against liblz4 and in buffers with no byte to spare.
TEST(Lz4Block, DecodesAsLiblz4Does) {
  std::mt19937 random(7);
  int both = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string raw(random() % 400, '\0');
    const uint32_t letters = 1 + random() % 4;
    for (char& byte : raw) byte = static_cast<char>('a' + random() % letters);
    std::string block(LZ4_COMPRESSBOUND(raw.size()), '\0');
    block.resize(static_cast<size_t>(LZ4_compress_default(
        raw.data(), block.data(), static_cast<int>(raw.size()), static_cast<int>(block.size()))));
    if (round % 2 != 0) {
      block[random() % block.size()] = static_cast<char>(random());
      if (random() % 4 == 0) block.resize(random() % block.size());
    }
    const std::vector<char> exact(block.begin(), block.end());
    std::vector<char> ours(raw.size());
    const bool decoded = Lz4Block::Decompress(exact.data(), static_cast<uint32_t>(exact.size()),
                                              ours.data(), static_cast<uint32_t>(ours.size()));
    if (round % 2 == 0) {
      ASSERT_TRUE(decoded);
      ASSERT_EQ(std::string(ours.begin(), ours.end()), raw);
    } else if (raw.empty()) {
      continue;
    } else {
      // Of damaged blocks liblz4 refuses some more, with a match too close to the end, and some
      // less, with an offset of 0.
      std::vector<char> theirs(raw.size());
      const int bytes =
          LZ4_decompress_safe(exact.data(), theirs.data(), static_cast<int>(exact.size()),
                              static_cast<int>(theirs.size()));
      if (!decoded || bytes != static_cast<int>(raw.size())) continue;
      ++both;
      ASSERT_EQ(ours, theirs);
    }
  }
  EXPECT_GT(both, 1000);
}

TEST(Lz4Block, RefusesLengthsThatNeverEnd) {
  std::string raw(1000, '\0');
  for (const char token : {'\xf0', '\x0f', '\xff'}) {
    std::string block(100000, '\xff');
    block[0] = token;
    EXPECT_FALSE(Lz4Block::Decompress(block.data(), static_cast<uint32_t>(block.size()), raw.data(),
                                      static_cast<uint32_t>(raw.size())));
  }
  EXPECT_FALSE(Lz4Block::Decompress("", 0, raw.data(), 10));
  EXPECT_FALSE(Lz4Block::Decompress("\0", 1, raw.data(), 10));
}

}  // namespace
}  // namespace webtrack
