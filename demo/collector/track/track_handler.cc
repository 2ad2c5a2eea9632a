#include "track/track_handler.h"

#include <algorithm>
#include <chrono>

#include "http/connection.h"
#include "store/stored_log.h"
#include "track/request_id.h"

namespace collector {
namespace {

constexpr size_t kMaxGetBytes = 16'384;  // path and query must be shorter
// Limits how much a body can grow when stored: each log repeats the shared fields of its group, so
// without a limit it could grow about 4,000 times.
constexpr size_t kMaxStoredBytes = 2 * kMaxBodyBytes;
// A parsed body takes up to 20 times its size in memory, so only some large ones are parsed at the
// same time.
constexpr size_t kLargeBodyBytes = 1024 * 1024;
constexpr int kMaxLargeBodies = 4;
constexpr char kApiVersion[] = "0.6.0";
// The name in a row of a refused request may be of any length.
constexpr size_t kMaxLogstoreBytes = 128;

// The smallest GIF that every browser accepts: one transparent pixel.
constexpr unsigned char kGif[] = {
    'G', 'I', 'F', '8', '9', 'a',  1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0x21, 0xF9, 4,
    1,   0,   0,   0,   0,   0x2C, 0, 0, 0, 0, 1,    0, 1, 0, 0, 2, 2,    0x44, 1,    0,    0x3B};

int64_t NowMilliseconds() {
  using std::chrono::milliseconds;
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<milliseconds>(since_epoch).count();
}

void SetServiceHeaders(const std::string& request_id, httplib::Response* response) {
  response->set_header("Server", "nginx");
  response->set_header("x-log-requestid", request_id);
}

void AnswerPreflight(const HttpRequest& request, httplib::Response* response) {
  response->status = 200;
  if (const auto method = request.Header("Access-Control-Request-Method")) {
    response->set_header("Access-Control-Allow-Methods", *method);
  }
  if (const auto headers = request.Header("Access-Control-Request-Headers")) {
    response->set_header("Access-Control-Allow-Headers", *headers);
  }
  response->set_header("Access-Control-Max-Age", "86400");
}

void AnswerOk(TrackForm form, httplib::Response* response) {
  response->status = 200;
  if (form == TrackForm::kTrack) return;
  response->set_content(reinterpret_cast<const char*>(kGif), sizeof kGif, "image/gif");
}

void AnswerTrackError(const TrackError& error, httplib::Response* response) {
  response->status = error.status;
  response->set_content(error.Json(), "application/json");
}

void AnswerAsProxy(int status, httplib::Response* response) {
  response->status = status;
  response->set_content("<!doctype html><title>Bad gateway</title><h1>Bad gateway</h1>\n",
                        "text/html");
}

}  // namespace

TrackHandler::TrackHandler(const Options& options, Store* store, Faults* faults, LiveStream* live)
    : options_(options),
      store_(store),
      faults_(faults),
      live_(live),
      quota_(options.write_quota),
      rate_(options.rate) {}

std::string TrackHandler::Handle(const TrackRoute& route, HttpRequest& request,
                                 httplib::Response& response) {
  BatchRow row;
  row.received_ms = NowMilliseconds();
  row.request_id = NewRequestId();
  if (request.method == "OPTIONS") {
    SetServiceHeaders(row.request_id, &response);
    AllowOrigin(request, &response);
    AnswerPreflight(request, &response);
    return "";
  }

  row.logstore = route.logstore.substr(0, kMaxLogstoreBytes);
  row.method = request.method;
  row.compression = CompressionName(Compression::kNone);

  Refusal error;
  std::optional<Fault> fault;
  const bool is_post = request.method == "POST" && route.form == TrackForm::kTrack;
  if (!is_post && request.method != "GET") {
    error = MakeTrackError(ErrorCode::kInvalidMethod, request.target.path);
  } else {
    fault = faults_->Take();
    try {
      error =
          fault && !fault->after_store ? FaultError(*fault, request) : Accept(route, request, &row);
      if (error) {
        row.wire_bytes = is_post ? static_cast<int64_t>(request.body.received_bytes())
                                 : static_cast<int64_t>(request.target.query.size());
        row.status = error->status;
        row.error_code = error->code;
        row.error_message = error->message;
        // Store no row for 429 and 503: it would add to the overload.
        const bool is_too_much = error->status == 429 || error->status == 503;
        if (fault || !is_too_much) store_->WriteRefused(row);
      } else if (fault) {
        error = FaultError(*fault, request);
      }
      live_->Wake();
    } catch (const std::exception& exception) {
      error = MakeTrackError(ErrorCode::kInternalServerError, exception.what());
      fault.reset();
    }
  }

  if (!fault || fault->cors) AllowOrigin(request, &response);
  if (error && error->status == 429 && !fault) response.set_header("Retry-After", "1");
  if (fault && fault->retry_after) response.set_header("Retry-After", *fault->retry_after);
  if (error && fault && !fault->code && error->code == fault->answer) {
    AnswerAsProxy(error->status, &response);
    return error->code;
  }
  SetServiceHeaders(row.request_id, &response);
  if (error) {
    AnswerTrackError(*error, &response);
  } else {
    AnswerOk(route.form, &response);
  }
  return error ? error->code + ": " + error->message : "";
}

TrackHandler::Refusal TrackHandler::Accept(const TrackRoute& route, HttpRequest& request,
                                           BatchRow* row) {
  if (!rate_.Take(NetworkOf(request.client_address), ClientRate::Clock::now())) {
    return TrackError{"TooManyRequests", 429, "The address sends too many requests."};
  }
  if (auto refusal = CheckAddress(route, request)) return refusal;
  if (!IsAllowed(request)) return TrackError{"OriginNotAllowed", 403, "The origin may not send."};
  if (!quota_.Take(WriteQuota::Clock::now())) {
    return MakeTrackError(ErrorCode::kWriteQuotaExceed, "");
  }
  if (auto refusal = CheckApiVersion(request)) return refusal;

  std::optional<Turn> turn;
  LogGroup group;
  if (auto refusal = request.method == "POST" ? ReadPost(request, row, &group, &turn)
                                              : ReadGet(route, request, row, &group)) {
    return refusal;
  }

  const StoredLogWriter writer(group, row->received_ms / 1000,
                               options_.append_meta ? request.client_address : "");
  if (writer.shared_bytes() * group.logs.size() > kMaxStoredBytes) {
    return TooLarge(std::to_string(writer.shared_bytes() * group.logs.size()));
  }
  for (const auto& [key, value] : group.tags) {
    if (key == "batch_id") row->batch_id = value;
  }
  row->status = 200;
  std::vector<std::string> logs;
  logs.reserve(group.logs.size());
  for (const Fields& log : group.logs) logs.push_back(writer.Write(log));
  store_->WriteAccepted(row, logs);
  return std::nullopt;
}

TrackHandler::Refusal TrackHandler::CheckAddress(const TrackRoute& route,
                                                 const HttpRequest& request) const {
  const std::string host = request.Header("Host").value_or("");
  if (ProjectOfHost(host).value_or(options_.project) != options_.project) {
    return MakeTrackError(ErrorCode::kProjectNotExist, "");
  }
  const auto& logstores = options_.logstores;
  if (std::find(logstores.begin(), logstores.end(), route.logstore) == logstores.end()) {
    return MakeTrackError(ErrorCode::kLogStoreNotExist, "");
  }
  if (options_.tracking_off) return MakeTrackError(ErrorCode::kUnauthorized, "");
  return std::nullopt;
}

bool TrackHandler::IsAllowed(const HttpRequest& request) const {
  const auto& allowed = options_.allowed_origins;
  const auto origin = request.Header("Origin");
  return allowed.empty() || !origin ||
         std::find(allowed.begin(), allowed.end(), *origin) != allowed.end();
}

void TrackHandler::AllowOrigin(const HttpRequest& request, httplib::Response* response) const {
  if (options_.allowed_origins.empty()) {
    response->set_header("Access-Control-Allow-Origin", "*");
    return;
  }
  response->set_header("Vary", "Origin");
  const auto origin = request.Header("Origin");
  if (origin && IsAllowed(request)) response->set_header("Access-Control-Allow-Origin", *origin);
}

TrackHandler::Refusal TrackHandler::CheckApiVersion(const HttpRequest& request) const {
  if (!options_.strict) return std::nullopt;
  auto version = request.Header("x-log-apiversion");
  if (!version) version = request.target.Parameter("APIVersion");
  if (!version) return MakeTrackError(ErrorCode::kMissingApiVersion, "");
  if (*version != kApiVersion) return MakeTrackError(ErrorCode::kInvalidApiVersion, *version);
  return std::nullopt;
}

TrackHandler::Refusal TrackHandler::ReadPost(HttpRequest& request, BatchRow* row, LogGroup* group,
                                             std::optional<Turn>* turn) {
  std::string wire;
  if (!request.body.Take(kMaxBodyBytes, &wire)) {
    return TooLarge(std::to_string(request.body.announced_bytes()));
  }
  row->wire_bytes = static_cast<int64_t>(wire.size());

  std::string raw;
  if (const auto type = request.Header("x-log-compresstype")) {
    const auto compression = ParseCompression(*type);
    if (!compression) return MakeTrackError(ErrorCode::kInvalidCompressType, *type);
    row->compression = CompressionName(*compression);
    const auto declared = request.Header("x-log-bodyrawsize");
    if (!declared) return MakeTrackError(ErrorCode::kMissingBodyRawSize, "");
    const RawSize size = ParseRawSize(*declared);
    if (size.verdict == RawSize::Verdict::kInvalid) {
      return MakeTrackError(ErrorCode::kInvalidBodyRawSize, *declared);
    }
    if (size.verdict == RawSize::Verdict::kTooLarge) return TooLarge(*declared);
    auto decoded = DecodeBody(*compression, wire, size.bytes);
    if (!decoded) return MakeTrackError(ErrorCode::kPostBodyUncompressError, "");
    raw = std::move(*decoded);
  } else {
    raw = std::move(wire);
  }
  row->raw_bytes = static_cast<int64_t>(raw.size());

  if (raw.size() > kLargeBodyBytes) {
    turn->emplace(&large_bodies_);
    if (large_bodies_ > kMaxLargeBodies) return MakeTrackError(ErrorCode::kServerBusy, "");
  }
  if (const auto problem = ParseLogGroup(raw, group)) {
    return MakeTrackError(ErrorCode::kPostBodyInvalid, *problem);
  }
  return std::nullopt;
}

TrackHandler::Refusal TrackHandler::ReadGet(const TrackRoute& route, const HttpRequest& request,
                                            BatchRow* row, LogGroup* group) const {
  const RequestTarget& target = request.target;
  if (target.bytes >= kMaxGetBytes) return TooLarge(std::to_string(target.bytes));
  row->wire_bytes = row->raw_bytes = static_cast<int64_t>(target.query.size());

  group->source = request.client_address;
  FieldWriter log;
  log.Start(&group->logs.emplace_back());
  for (const auto& [key, value] : target.parameters) {
    if (key == "APIVersion") continue;
    if (key == "__topic__") {
      group->topic = value;
    } else if (key != "__time__") {
      log.Set(key, value);
    }
  }
  if (route.form == TrackForm::kUserAgentGif) {
    if (auto agent = request.Header("User-Agent")) log.Set("__userAgent__", *agent);
    if (auto referer = request.Header("Referer")) log.Set("__referer__", *referer);
  }
  return std::nullopt;
}

TrackError TrackHandler::TooLarge(const std::string& bytes) const {
  TrackError error = MakeTrackError(ErrorCode::kPostBodyTooLarge, bytes);
  error.status = options_.large_status;
  return error;
}

TrackError TrackHandler::FaultError(const Fault& fault, const HttpRequest& request) const {
  TrackError error;
  if (!fault.code) {
    error = {fault.answer, 502, "Bad gateway"};
  } else if (*fault.code == ErrorCode::kPostBodyTooLarge) {
    error = TooLarge(std::to_string(request.body.announced_bytes()));
  } else {
    const std::string detail = *fault.code == ErrorCode::kProjectForbidden ? options_.project
                               : *fault.code == ErrorCode::kPostBodyInvalid
                                   ? "The request body is not valid JSON object."
                                   : request.target.path;
    error = MakeTrackError(*fault.code, detail);
  }
  if (fault.status) error.status = *fault.status;
  return error;
}

}  // namespace collector
