#include "options.h"

#include <gtest/gtest.h>

namespace collector {
namespace {

std::string Problem(const std::vector<std::string>& arguments) {
  try {
    ParseOptions(arguments);
  } catch (const OptionError& error) {
    return error.what();
  }
  return "none";
}

TEST(Options, HaveTheDocumentedDefaults) {
  const Options options = ParseOptions({});
  EXPECT_EQ(options.host, "127.0.0.1");
  EXPECT_EQ(options.port, 8787);
  EXPECT_EQ(options.db, "webtrack.db");
  EXPECT_EQ(options.project, "demo");
  EXPECT_EQ(options.logstores, std::vector<std::string>{"web"});
  EXPECT_EQ(options.site, "");
  EXPECT_FALSE(options.strict || options.append_meta || options.tracking_off || options.faults ||
               options.quiet || options.help);
  EXPECT_EQ(options.write_quota, 0);
  EXPECT_EQ(options.large_status, 400);
  EXPECT_EQ(options.rate, 0);
  EXPECT_EQ(options.retention, "");
  EXPECT_TRUE(options.allowed_origins.empty());
}

TEST(Options, AreReadInBothSpellings) {
  const Options options = ParseOptions({"--host",
                                        "::1",
                                        "--port=0",
                                        "--db",
                                        "a.db",
                                        "--project=shop",
                                        "--logstore",
                                        "one",
                                        "--logstore=two",
                                        "--site",
                                        "/",
                                        "--strict",
                                        "--append-meta",
                                        "--tracking-off",
                                        "--write-quota",
                                        "5",
                                        "--rate=7",
                                        "--retention=30d",
                                        "--allow-origin",
                                        "https://a.example",
                                        "--allow-origin=http://b.example:8080",
                                        "--large-status=413",
                                        "--faults",
                                        "--quiet",
                                        "--help"});
  EXPECT_EQ(options.host, "::1");
  EXPECT_EQ(options.port, 0);
  EXPECT_EQ(options.db, "a.db");
  EXPECT_EQ(options.project, "shop");
  EXPECT_EQ(options.logstores, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(options.site, "/");
  EXPECT_TRUE(options.strict && options.append_meta && options.tracking_off && options.faults &&
              options.quiet && options.help);
  EXPECT_EQ(options.write_quota, 5);
  EXPECT_EQ(options.large_status, 413);
  EXPECT_EQ(options.rate, 7);
  EXPECT_EQ(options.retention, "30d");
  EXPECT_EQ(options.allowed_origins,
            (std::vector<std::string>{"https://a.example", "http://b.example:8080"}));
}

TEST(Options, TheLastOfRepeatedOptionsWins) {
  EXPECT_EQ(ParseOptions({"--port", "1", "--port", "2"}).port, 2);
}

TEST(Options, ProblemsAreOneLineAndNameTheOption) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"--port", "x"}, "--port"},
      {{"--port", ""}, "--port"},
      {{"--port", "-1"}, "--port"},
      {{"--port", "65536"}, "--port"},
      {{"--port", "8787x"}, "--port"},
      {{"--port"}, "--port"},
      {{"--host="}, "--host"},
      {{"--db", ":memory:"}, "--db"},
      {{"--db="}, "--db"},
      {{"--project", "a.b"}, "--project"},
      {{"--logstore", "a/b"}, "--logstore"},
      {{"--logstore", std::string(64, 'a')}, "--logstore"},
      {{"--site", "/no/such/folder"}, "--site"},
      {{"--write-quota", "1.5"}, "--write-quota"},
      {{"--rate", "-1"}, "--rate"},
      {{"--retention", "0d"}, "--retention"},
      {{"--retention", "30"}, "--retention"},
      {{"--retention", "5 GB"}, "--retention"},
      {{"--allow-origin", "*"}, "--allow-origin"},
      {{"--allow-origin", "shop.example"}, "--allow-origin"},
      {{"--allow-origin", "https://shop.example/"}, "--allow-origin"},
      {{"--large-status", "404"}, "--large-status"},
      {{"--strict=yes"}, "--strict"},
      {{"--nonsense"}, "--nonsense"},
      {{"-p"}, "-p"},
      {{"file"}, "file"},
      {{""}, "unknown"},
  };
  for (const auto& [arguments, named] : cases) {
    const std::string problem = Problem(arguments);
    EXPECT_NE(problem, "none") << named;
    EXPECT_NE(problem.find(named), problem.npos) << problem;
    EXPECT_EQ(problem.find('\n'), problem.npos) << problem;
  }
}

TEST(Options, UsageNamesEachOption) {
  for (const char* option :
       {"--host", "--port", "--db", "--project", "--logstore", "--site", "--strict",
        "--append-meta", "--tracking-off", "--write-quota", "--large-status", "--rate",
        "--retention", "--allow-origin", "--faults", "--quiet", "--help"}) {
    EXPECT_NE(Usage().find(option), std::string::npos) << option;
  }
}

}  // namespace
}  // namespace collector
