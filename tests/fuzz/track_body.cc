// The collector's way from a body on the wire to stored logs.
#include <nlohmann/json.hpp>

#include "input.h"
#include "store/stored_log.h"
#include "track/body_decoder.h"
#include "track/log_group_parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input(data, size);
  const auto compression = static_cast<collector::Compression>(input.Below(3));
  const uint32_t raw = compression == collector::Compression::kNone
                           ? static_cast<uint32_t>(input.Rest().size())
                           : input.Below(100'000);
  const auto body = collector::DecodeBody(compression, input.Rest(), raw);
  if (!body) return 0;
  CHECK(body->size() == raw || compression == collector::Compression::kNone);
  collector::LogGroup group;
  if (collector::ParseLogGroup(*body, &group)) return 0;
  CHECK(group.logs.size() <= collector::kMaxLogs);
  const collector::StoredLogWriter writer(group, 1'700'000'000, "127.0.0.1");
  for (const auto& log : group.logs) {
    const auto stored = nlohmann::json::parse(writer.Write(log));
    CHECK(stored.is_object());
    CHECK(stored["__time__"] == "1700000000");
  }
  return 0;
}
