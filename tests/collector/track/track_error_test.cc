#include "track/track_error.h"

#include <gtest/gtest.h>

namespace collector {
namespace {

TEST(TrackError, WritesTheJsonOfTheService) {
  EXPECT_EQ(MakeTrackError(ErrorCode::kLogStoreNotExist, "").Json(),
            R"({"errorCode":"LogStoreNotExist","errorMessage":"Logstore does not exist."})");
}

TEST(TrackError, PutsTheDetailIntoTheMessage) {
  const TrackError large = MakeTrackError(ErrorCode::kPostBodyTooLarge, "10485761");
  EXPECT_EQ(large.message, "Body size 10485761 must little than 10485760.");
  EXPECT_EQ(large.status, 400);
  EXPECT_EQ(MakeTrackError(ErrorCode::kPostBodyInvalid, "why").message, "why");
  EXPECT_EQ(MakeTrackError(ErrorCode::kInvalidCompressType, "{}").message,
            "Http extend x-log-compresstype : {} pair is invalid.");
}

TEST(TrackError, EscapesTheMessage) {
  EXPECT_EQ(MakeTrackError(ErrorCode::kPostBodyInvalid, "\"\xFF\n").Json(),
            "{\"errorCode\":\"PostBodyInvalid\",\"errorMessage\":\"\\\"\xEF\xBF\xBD\\n\"}");
}

TEST(FindErrorCode, FindsEveryCodeByItsName) {
  for (int i = 0; i <= static_cast<int>(ErrorCode::kServerBusy); ++i) {
    const auto code = static_cast<ErrorCode>(i);
    const TrackError error = MakeTrackError(code, "");
    EXPECT_EQ(FindErrorCode(error.code), code) << error.code;
    EXPECT_GE(error.status, 400) << error.code;
    EXPECT_LE(error.status, 503) << error.code;
  }
  EXPECT_FALSE(FindErrorCode("").has_value());
  EXPECT_FALSE(FindErrorCode("serverbusy").has_value());
}

}  // namespace
}  // namespace collector
