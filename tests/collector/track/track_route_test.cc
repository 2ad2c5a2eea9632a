#include "track/track_route.h"

#include <gtest/gtest.h>

namespace collector {
namespace {

TEST(TrackRoute, ReadsTheThreeForms) {
  EXPECT_EQ(ParseTrackRoute("/logstores/web/track")->logstore, "web");
  EXPECT_EQ(ParseTrackRoute("/logstores/web/track")->form, TrackForm::kTrack);
  EXPECT_EQ(ParseTrackRoute("/logstores/a b/track.gif")->form, TrackForm::kGif);
  EXPECT_EQ(ParseTrackRoute("/logstores/a b/track.gif")->logstore, "a b");
  EXPECT_EQ(ParseTrackRoute("/logstores/web/track_ua.gif")->form, TrackForm::kUserAgentGif);
}

TEST(TrackRoute, RefusesOtherPaths) {
  for (const char* path :
       {"", "/", "/logstores", "/logstores/", "/logstores/web", "/logstores/web/",
        "/logstores//track", "/logstores/web/track/", "/logstores/web/shards/lb",
        "/logstores/a/b/track", "/x/logstores/web/track", "/logstores/web/Track",
        "/logstores/web/track.png"}) {
    EXPECT_FALSE(ParseTrackRoute(path).has_value()) << path;
  }
}

TEST(ProjectOfHost, IsTheFirstOfTwoOrMoreLabels) {
  EXPECT_EQ(ProjectOfHost("demo.localhost:8787"), "demo");
  EXPECT_EQ(ProjectOfHost("demo.cn-hangzhou.log.aliyuncs.com"), "demo");
  EXPECT_EQ(ProjectOfHost("DEMO.localhost"), "demo");
}

TEST(ProjectOfHost, IsUnknownForAddressesAndSingleLabels) {
  for (const char* host : {"", "localhost", "localhost:8787", "127.0.0.1", "127.0.0.1:8787",
                           "[::1]:8787", "[::1]", "[::ffff:1.2.3.4]:1", "localhost."}) {
    EXPECT_FALSE(ProjectOfHost(host).has_value()) << host;
  }
}

}  // namespace
}  // namespace collector
