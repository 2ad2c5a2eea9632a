// Parses and checks the command line of the collector.
#ifndef COLLECTOR_OPTIONS_H_
#define COLLECTOR_OPTIONS_H_

#include <stdexcept>
#include <string>
#include <vector>

namespace collector {

struct Options {
  std::string host = "127.0.0.1";
  int port = 8787;  // 0 selects a free port
  std::string db = "webtrack.db";
  std::string project = "demo";
  std::vector<std::string> logstores = {"web"};
  std::string site;  // folder to serve at `/`; empty for none
  bool strict = false;
  bool append_meta = false;
  bool tracking_off = false;
  int write_quota = 0;    // track requests per minute; 0 for no limit
  int rate = 0;           // track requests per second of one address; 0 for no limit
  std::string retention;  // as ParseRetention() reads it; empty for no limit
  std::vector<std::string> allowed_origins;  // empty: any
  int large_status = 400;
  bool faults = false;
  bool quiet = false;
  bool help = false;
};

// Reports a wrong command line. what() is one line that names the option.
class OptionError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Parses the arguments after the program's name. When an option is repeated the last value wins,
// except that each --logstore adds a logstore. Throws OptionError.
Options ParseOptions(const std::vector<std::string>& arguments);

// Returns the text of --help. It ends in a newline.
std::string Usage();

}  // namespace collector

#endif  // COLLECTOR_OPTIONS_H_
