// The collector's readers of addresses: targets, routes, filters of the query API, hosts.
#include "api/query_api.h"
#include "http/host_name.h"
#include "http/request_target.h"
#include "input.h"
#include "store/retention.h"
#include "track/track_route.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const collector::RequestTarget target = collector::ParseRequestTarget(text);
  CHECK(target.path.size() + target.query.size() <= text.size());
  collector::ParseTrackRoute(target.path);
  collector::ProjectOfHost(text);
  collector::ParseRetention(std::string(text));
  CHECK(collector::HostName(text).size() <= text.size());
  try {
    const auto filter = collector::ParseLogFilter(target);
    CHECK(filter.range.limit >= 1 && filter.range.limit <= 10'000);
  } catch (const collector::ParameterError&) {
  }
  try {
    collector::ParseBatchFilter(target);
  } catch (const collector::ParameterError&) {
  }
  return 0;
}
