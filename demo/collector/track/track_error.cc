#include "track/track_error.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace collector {
namespace {

struct Row {
  ErrorCode code;
  std::string_view name;
  int status;
  std::string_view message;  // `{}` is where the detail goes
};

constexpr std::array kRows = {
    Row{ErrorCode::kInvalidMethod, "InvalidMethod", 405, "Invalid request method : {}"},
    Row{ErrorCode::kProjectNotExist, "ProjectNotExist", 404, "Project does not exist."},
    Row{ErrorCode::kLogStoreNotExist, "LogStoreNotExist", 404, "Logstore does not exist."},
    Row{ErrorCode::kUnauthorized, "Unauthorized", 401, "Web tracking is not enabled."},
    Row{ErrorCode::kWriteQuotaExceed, "WriteQuotaExceed", 403, "Write quota is exceeded."},
    Row{ErrorCode::kMissingApiVersion, "MissingAPIVersion", 400,
        "x-log-apiversion does not exist in header when it is necessary."},
    Row{ErrorCode::kInvalidApiVersion, "InvalidAPIVersion", 400,
        "API version {} is not supported."},
    Row{ErrorCode::kPostBodyTooLarge, "PostBodyTooLarge", 400,
        "Body size {} must little than 10485760."},
    Row{ErrorCode::kInvalidCompressType, "InvalidCompressType", 400,
        "Http extend x-log-compresstype : {} pair is invalid."},
    Row{ErrorCode::kMissingBodyRawSize, "MissingBodyRawSize", 400,
        "x-log-bodyrawsize does not exist in header when it is necessary."},
    Row{ErrorCode::kInvalidBodyRawSize, "InvalidBodyRawSize", 400,
        "Http extend x-log-bodyrawsize : {} pair is invalid."},
    Row{ErrorCode::kPostBodyUncompressError, "PostBodyUncompressError", 400,
        "Post body uncompressed fail."},
    Row{ErrorCode::kPostBodyInvalid, "PostBodyInvalid", 400, "{}"},
    Row{ErrorCode::kInternalServerError, "InternalServerError", 500, "Internal server error: {}"},
    Row{ErrorCode::kShardWriteQuotaExceed, "ShardWriteQuotaExceed", 403,
        "Shard write quota is exceeded."},
    Row{ErrorCode::kExceedQuota, "ExceedQuota", 403, "Quota is exceeded."},
    Row{ErrorCode::kProjectForbidden, "ProjectForbidden", 403, "Project {} has been forbidden."},
    Row{ErrorCode::kInvalidAccessKeyId, "InvalidAccessKeyId", 401,
        "Your SLS service has not opened."},
    Row{ErrorCode::kInvalidKey, "InvalidKey", 400, "The key of a log is invalid."},
    Row{ErrorCode::kInvalidEncoding, "InvalidEncoding", 400, "The body is not UTF-8."},
    Row{ErrorCode::kInvalidTimestamp, "InvalidTimestamp", 400, "The time of a log is invalid."},
    Row{ErrorCode::kInvalidHost, "InvalidHost", 400, "The host of the request is invalid."},
    Row{ErrorCode::kMissingContentType, "MissingContentType", 400,
        "Content-Type does not exist in header when it is necessary."},
    Row{ErrorCode::kInvalidContentType, "InvalidContentType", 415, "Content-Type is invalid."},
    Row{ErrorCode::kMissingContentLength, "MissingContentLength", 411,
        "Content-Length does not exist in header when it is necessary."},
    Row{ErrorCode::kMissingParameter, "MissingParameter", 400,
        "Missing http extend header key : x-log-bodyrawsize."},
    Row{ErrorCode::kParameterInvalid, "ParameterInvalid", 400,
        "Http extend x-log-compresstype : lz4 pair is invalid."},
    Row{ErrorCode::kRequestTimeout, "RequestTimeout", 500, "The request timed out."},
    Row{ErrorCode::kServerBusy, "ServerBusy", 503, "The server is busy, please try again later."},
};

constexpr bool InOrder() {
  for (size_t i = 0; i < kRows.size(); ++i) {
    if (kRows[i].code != static_cast<ErrorCode>(i)) return false;
  }
  return true;
}
static_assert(InOrder(), "kRows needs one row for each ErrorCode, in the same order");

}  // namespace

std::string TrackError::Json() const {
  const nlohmann::ordered_json body = {{"errorCode", code}, {"errorMessage", message}};
  return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

TrackError MakeTrackError(ErrorCode code, std::string_view detail) {
  const Row& row = kRows[static_cast<size_t>(code)];
  std::string message(row.message);
  if (const size_t place = message.find("{}"); place != std::string::npos) {
    message.replace(place, 2, detail);
  }
  return {std::string(row.name), row.status, std::move(message)};
}

std::optional<ErrorCode> FindErrorCode(std::string_view name) {
  const auto row = std::find_if(kRows.begin(), kRows.end(),
                                [name](const Row& candidate) { return candidate.name == name; });
  if (row == kRows.end()) return std::nullopt;
  return row->code;
}

}  // namespace collector
