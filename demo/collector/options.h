// The command line of the collector, turned into values that are already checked.
#ifndef COLLECTOR_OPTIONS_H_
#define COLLECTOR_OPTIONS_H_

#include <stdexcept>
#include <string>
#include <vector>

namespace collector {

struct Options {
  std::string host = "127.0.0.1";
  int port = 8787;  // 0 takes a free one
  std::string db = "webtrack.db";
  std::string project = "demo";
  std::vector<std::string> logstores = {"web"};
  std::string site;  // folder served at `/`; empty for none
  bool strict = false;
  bool append_meta = false;
  bool tracking_off = false;
  int write_quota = 0;  // track requests a minute; 0 for no limit
  int large_status = 400;
  bool faults = false;
  bool quiet = false;
  bool help = false;
};

// A wrong command line; what() is one line naming the option.
class OptionError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Reads the arguments after the program's name. Throws OptionError. A repeated option's last value
// counts, except that --logstore adds one more.
Options ParseOptions(const std::vector<std::string>& arguments);

// The text of --help, ending in a newline.
std::string Usage();

}  // namespace collector

#endif  // COLLECTOR_OPTIONS_H_
