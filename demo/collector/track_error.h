// The error codes that the track endpoint can answer, with their statuses and messages.
#ifndef COLLECTOR_TRACK_ERROR_H_
#define COLLECTOR_TRACK_ERROR_H_

#include <optional>
#include <string>
#include <string_view>

namespace collector {

// The first group is what the checks answer; the rest only a fault does.
enum class ErrorCode {
  kInvalidMethod,
  kProjectNotExist,
  kLogStoreNotExist,
  kUnauthorized,
  kWriteQuotaExceed,
  kMissingApiVersion,
  kInvalidApiVersion,
  kPostBodyTooLarge,
  kInvalidCompressType,
  kMissingBodyRawSize,
  kInvalidBodyRawSize,
  kPostBodyUncompressError,
  kPostBodyInvalid,
  kInternalServerError,

  kShardWriteQuotaExceed,
  kExceedQuota,
  kProjectForbidden,
  kInvalidAccessKeyId,
  kInvalidKey,
  kInvalidEncoding,
  kInvalidTimestamp,
  kInvalidHost,
  kMissingContentType,
  kInvalidContentType,
  kMissingContentLength,
  kMissingParameter,
  kParameterInvalid,
  kRequestTimeout,
  kServerBusy,
};

struct TrackError {
  std::string code;  // as in the answer, e.g. "PostBodyInvalid"
  int status = 0;
  std::string message;

  // {"errorCode":"…","errorMessage":"…"}; bytes that are no UTF-8 become U+FFFD.
  std::string Json() const;
};

// The error with its own status. `detail` fills the place that the code's message leaves open, e.g.
// the size or the name that was refused; for kPostBodyInvalid it is the whole message.
TrackError MakeTrackError(ErrorCode code, std::string_view detail);

// Looks a code up by its name in answers.
std::optional<ErrorCode> FindErrorCode(std::string_view name);

}  // namespace collector

#endif  // COLLECTOR_TRACK_ERROR_H_
