// The way back from LZ4: any block of any stated size is safe, and a block of liblz4 gives its
// text.
#include <lz4.h>

#include <cstring>

#include "input.h"
#include "webtrack.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input(data, size);
  webtrack_batch* const batch = webtrack_batch_create(0, 0);
  const auto unpack = [batch](const std::string& block, uint32_t raw) {
    std::memcpy(webtrack_input(batch, static_cast<uint32_t>(block.size())), block.data(),
                block.size());
    return webtrack_unpack(batch, static_cast<uint32_t>(block.size()), raw);
  };
  const uint32_t raw = input.Below(70'000);
  const std::string text(input.Rest());
  const int32_t any = unpack(text, raw);
  CHECK(any == static_cast<int32_t>(raw) || any < 0);

  std::string block(static_cast<size_t>(LZ4_compressBound(static_cast<int>(text.size()))), '\0');
  block.resize(static_cast<size_t>(LZ4_compress_default(
      text.data(), block.data(), static_cast<int>(text.size()), static_cast<int>(block.size()))));
  const auto length = static_cast<uint32_t>(text.size());
  if (length > 0) {
    CHECK(unpack(block, length) == static_cast<int32_t>(length));
    CHECK(std::memcmp(webtrack_sealed_data(batch), text.data(), length) == 0);
    CHECK(unpack(block, length + 1) == WEBTRACK_MALFORMED);
  }
  webtrack_batch_destroy(batch);
  return 0;
}
