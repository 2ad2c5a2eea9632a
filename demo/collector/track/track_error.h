// The error codes of the track endpoint, with their statuses and messages.
#ifndef COLLECTOR_TRACK_TRACK_ERROR_H_
#define COLLECTOR_TRACK_TRACK_ERROR_H_

#include <optional>
#include <string>
#include <string_view>

namespace collector {

// Checks return the codes of the first group. Only simulated faults return the others.
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
  std::string code;  // as in the response, e.g. "PostBodyInvalid"
  int status = 0;
  std::string message;

  // Returns {"errorCode":"…","errorMessage":"…"}. Bytes that are not valid UTF-8 become U+FFFD.
  std::string Json() const;
};

// Creates an error with the default status of its code. `detail` fills the gap in the message, e.g.
// the refused size or name. For kPostBodyInvalid it is the whole message.
TrackError MakeTrackError(ErrorCode code, std::string_view detail);

// Finds a code by its name in responses.
std::optional<ErrorCode> FindErrorCode(std::string_view name);

}  // namespace collector

#endif  // COLLECTOR_TRACK_TRACK_ERROR_H_
