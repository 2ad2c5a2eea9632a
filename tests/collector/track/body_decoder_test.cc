#include "track/body_decoder.h"

#include <gtest/gtest.h>
#include <lz4.h>
#include <zlib.h>

#include <random>

namespace collector {
namespace {

std::string Lz4(const std::string& raw) {
  std::string wire(static_cast<size_t>(LZ4_compressBound(static_cast<int>(raw.size()))), '\0');
  const int size = LZ4_compress_default(raw.data(), wire.data(), static_cast<int>(raw.size()),
                                        static_cast<int>(wire.size()));
  wire.resize(static_cast<size_t>(size));
  return wire;
}

std::string Zlib(const std::string& raw) {
  uLongf size = compressBound(raw.size());
  std::string wire(size, '\0');
  compress(reinterpret_cast<Bytef*>(wire.data()), &size, reinterpret_cast<const Bytef*>(raw.data()),
           raw.size());
  wire.resize(size);
  return wire;
}

std::string Noise(size_t size) {
  std::mt19937 random(1);
  std::string text;
  for (size_t i = 0; i < size; ++i) text += static_cast<char>(random());
  return text;
}

const std::string kText = [] {
  std::string text;
  for (int i = 0; i < 1000; ++i)
    text += "{\"event\":\"page_view\",\"n\":\"" + std::to_string(i) + "\"}";
  return text;
}();

struct Codec {
  Compression compression;
  std::string (*encode)(const std::string&);
};

class BodyDecoder : public testing::TestWithParam<Codec> {
 protected:
  std::string Encode(const std::string& raw) const { return GetParam().encode(raw); }
  std::optional<std::string> Decode(const std::string& wire, size_t raw_bytes) const {
    return DecodeBody(GetParam().compression, wire, raw_bytes);
  }
};

TEST_P(BodyDecoder, ReturnsWhatWasCompressed) {
  for (const std::string& raw :
       {std::string(), std::string("x"), kText, Noise(70'000), std::string(kMaxBodyBytes, 'a')}) {
    const auto decoded = Decode(Encode(raw), raw.size());
    ASSERT_TRUE(decoded.has_value()) << raw.size();
    EXPECT_TRUE(*decoded == raw) << raw.size();
  }
}

TEST_P(BodyDecoder, RefusesEveryOtherSize) {
  const std::string wire = Encode(kText);
  for (const size_t lie :
       {kText.size() - 1, kText.size() + 1, kText.size() - 100, kText.size() + 100,
        kText.size() * 2, size_t{0}, size_t{1}, kMaxBodyBytes}) {
    EXPECT_FALSE(Decode(wire, lie).has_value()) << lie;
  }
}

TEST_P(BodyDecoder, RefusesEveryTruncation) {
  const std::string wire = Encode(kText.substr(0, 300));
  for (size_t size = 0; size < wire.size(); ++size) {
    EXPECT_FALSE(Decode(wire.substr(0, size), 300).has_value()) << size;
  }
}

TEST_P(BodyDecoder, RefusesBytesAfterTheEnd) {
  EXPECT_FALSE(Decode(Encode(kText) + '\0', kText.size()).has_value());
  EXPECT_FALSE(Decode(Encode(kText) + Encode(kText), kText.size()).has_value());
}

TEST_P(BodyDecoder, RefusesABombWithASmallDeclaredSize) {
  const std::string bomb = Encode(std::string(kMaxBodyBytes, '\0'));
  EXPECT_FALSE(Decode(bomb, 1000).has_value());
}

TEST_P(BodyDecoder, RefusesASizeBeyondThePossibleExpansion) {
  EXPECT_FALSE(Decode("abcd", kMaxBodyBytes).has_value());
  EXPECT_FALSE(Decode("", kMaxBodyBytes).has_value());
}

TEST_P(BodyDecoder, RefusesNoise) {
  std::mt19937 random(7);
  for (int i = 0; i < 2000; ++i) {
    std::string noise(random() % 64, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    const size_t size = random() % 256;
    const auto decoded = Decode(noise, size);
    EXPECT_EQ(decoded.value_or(std::string(size, 0)).size(), size);
  }
}

INSTANTIATE_TEST_SUITE_P(Codecs, BodyDecoder,
                         testing::Values(Codec{Compression::kLz4, Lz4},
                                         Codec{Compression::kDeflate, Zlib}),
                         [](const auto& test) {
                           return std::string(CompressionName(test.param.compression));
                         });

TEST(BodyDecoderLz4, AcceptsALiteralOnlyBlock) {
  EXPECT_EQ(DecodeBody(Compression::kLz4, std::string("\x50hello", 6), 5), "hello");
}

TEST(BodyDecoderLz4, RefusesAMatchBeforeTheBeginning) {
  // One literal, then a match that reaches back 9 bytes.
  const std::string wire(
      "\x10"
      "a"
      "\x09\x00"
      "\x50"
      "bcdef",
      10);
  EXPECT_FALSE(DecodeBody(Compression::kLz4, wire, 10).has_value());
}

TEST(BodyDecoderDeflate, RefusesAStreamWithoutItsZlibHeader) {
  const std::string wire = Zlib(kText);
  EXPECT_FALSE(DecodeBody(Compression::kDeflate, wire.substr(2), kText.size()).has_value());
}

TEST(BodyDecoderDeflate, RefusesAWrongChecksum) {
  std::string wire = Zlib(kText);
  wire.back() = static_cast<char>(wire.back() ^ 1);
  EXPECT_FALSE(DecodeBody(Compression::kDeflate, wire, kText.size()).has_value());
}

TEST(ParseCompression, AcceptsOnlyLz4AndDeflate) {
  EXPECT_EQ(ParseCompression("lz4"), Compression::kLz4);
  EXPECT_EQ(ParseCompression("deflate"), Compression::kDeflate);
  for (const char* other : {"", "LZ4", "gzip", "zstd", "none", "lz4 ", "lz4,deflate"}) {
    EXPECT_FALSE(ParseCompression(other).has_value()) << other;
  }
}

TEST(ParseRawSize, ReadsDecimalNumbersUpToTheLimit) {
  EXPECT_EQ(ParseRawSize("0").bytes, 0u);
  EXPECT_EQ(ParseRawSize("00120").bytes, 120u);
  EXPECT_EQ(ParseRawSize("10485760").bytes, kMaxBodyBytes);
  EXPECT_EQ(ParseRawSize("10485760").verdict, RawSize::Verdict::kOk);
  EXPECT_EQ(ParseRawSize("10485761").verdict, RawSize::Verdict::kTooLarge);
  EXPECT_EQ(ParseRawSize("18446744073709551617").verdict, RawSize::Verdict::kTooLarge);
  EXPECT_EQ(ParseRawSize(std::string(5000, '9')).verdict, RawSize::Verdict::kTooLarge);
}

TEST(ParseRawSize, RefusesEverythingExceptDecimalNumbers) {
  for (const char* text : {"", " ", "-1", "+1", "0x10", "1e3", "12 ", " 12", "1.5", "12a", "a"}) {
    EXPECT_EQ(ParseRawSize(text).verdict, RawSize::Verdict::kInvalid) << text;
  }
}

}  // namespace
}  // namespace collector
