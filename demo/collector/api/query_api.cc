#include "api/query_api.h"

#include <charconv>
#include <limits>
#include <set>

#include "http/json_answer.h"
#include "http/turn.h"

namespace collector {
namespace {

constexpr int64_t kMaxLimit = 10'000;
// Queries read one after the other. A query that waits holds a worker.
constexpr int kMaxQueries = 8;
constexpr std::string_view kFieldPrefix = "field.";
// Each field filter scans the whole text of each log.
constexpr size_t kMaxFields = 16;

int64_t Number(const std::string& name, const std::string& value, int64_t lowest,
               int64_t highest = std::numeric_limits<int64_t>::max()) {
  int64_t number = 0;
  const char* end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, number);
  if (error != std::errc() || stop != end || number < lowest || number > highest) {
    throw ParameterError("parameter '" + name + "' has an invalid value");
  }
  return number;
}

bool ReadRange(const std::string& name, const std::string& value, RowRange* range) {
  if (name == "after") {
    range->after = Number(name, value, 0);
  } else if (name == "before") {
    range->before = Number(name, value, 0);
  } else if (name == "limit") {
    range->limit = Number(name, value, 1, kMaxLimit);
  } else {
    return false;
  }
  return true;
}

// Calls `read` for each parameter. `read` returns false for an unknown name.
template <typename Read>
void ReadParameters(const RequestTarget& target, const Read& read) {
  std::set<std::string> seen;
  for (const auto& [name, value] : target.parameters) {
    const bool repeatable = name.compare(0, kFieldPrefix.size(), kFieldPrefix) == 0;
    if (!seen.insert(name).second && !repeatable) {
      throw ParameterError("parameter '" + name + "' is repeated");
    }
    if (!read(name, value)) throw ParameterError("parameter '" + name + "' is unknown");
  }
}

std::string List(const char* name, const std::vector<StoredRow>& rows) {
  std::string json = std::string("{\"") + name + "\":[";
  for (const StoredRow& row : rows) {
    if (&row != &rows.front()) json += ',';
    json += row.json;
  }
  return json + "]}";
}

}  // namespace

LogFilter ParseLogFilter(const RequestTarget& target) {
  LogFilter filter;
  ReadParameters(target, [&filter](const std::string& name, const std::string& value) {
    if (ReadRange(name, value, &filter.range)) return true;
    if (name == "logstore") {
      filter.logstore = value;
    } else if (name == "topic") {
      filter.topic = value;
    } else if (name == "event") {
      filter.event = value;
    } else if (name.compare(0, kFieldPrefix.size(), kFieldPrefix) == 0) {
      if (filter.fields.size() == kMaxFields) {
        throw ParameterError("more than " + std::to_string(kMaxFields) + " parameters 'field.…'");
      }
      filter.fields.emplace_back(name.substr(kFieldPrefix.size()), value);
    } else {
      return false;
    }
    return true;
  });
  return filter;
}

BatchFilter ParseBatchFilter(const RequestTarget& target) {
  BatchFilter filter;
  ReadParameters(target, [&filter](const std::string& name, const std::string& value) {
    if (ReadRange(name, value, &filter.range)) return true;
    if (name == "logstore") {
      filter.logstore = value;
    } else if (name == "batch_id") {
      filter.batch_id = value;
    } else if (name == "compression") {
      if (value != "lz4" && value != "deflate" && value != "none") {
        throw ParameterError("parameter 'compression' has an invalid value");
      }
      filter.compression = value;
    } else if (name == "status") {
      if (value == "ok") {
        filter.outcome = BatchFilter::Outcome::kOk;
      } else if (value == "error") {
        filter.outcome = BatchFilter::Outcome::kError;
      } else {
        filter.status = Number(name, value, 100, 599);
      }
    } else {
      return false;
    }
    return true;
  });
  return filter;
}

bool QueryApi::Handle(HttpRequest& request, httplib::Response& response) {
  const std::string& path = request.target.path;
  if (path != "/api/logs" && path != "/api/batches" && path != "/api/summary") return false;
  if (request.method != "GET" && request.method != "HEAD") {
    AnswerMethodNotAllowed(&response, "GET, HEAD");
    return true;
  }
  const Turn turn(&running_);
  if (running_ > kMaxQueries) {
    response.set_header("Retry-After", "1");
    AnswerError(&response, 503, "too many queries at the same time");
  } else {
    Answer(request.target, &response);
  }
  return true;
}

void QueryApi::Answer(const RequestTarget& target, httplib::Response* response) {
  try {
    if (target.path == "/api/logs") {
      AnswerJson(response, List("logs", store_->ReadLogs(ParseLogFilter(target))));
    } else if (target.path == "/api/batches") {
      AnswerJson(response, List("batches", store_->ReadBatches(ParseBatchFilter(target))));
    } else {
      ReadParameters(target, [](const auto&, const auto&) { return false; });
      AnswerJson(response, store_->ReadSummary());
    }
  } catch (const ParameterError& error) {
    AnswerError(response, 400, error.what());
  } catch (const QueryTooLong& error) {
    AnswerError(response, 503, error.what());
  }
}

}  // namespace collector
