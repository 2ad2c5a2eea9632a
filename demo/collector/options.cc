#include "options.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <functional>
#include <map>
#include <system_error>

#include "store/retention.h"

namespace collector {
namespace {

using Setter = std::function<void(const std::string& name, const std::string& value)>;

Setter Text(std::string* out) {
  return [out](const std::string& name, const std::string& value) {
    if (value.empty()) throw OptionError(name + " needs a value");
    *out = value;
  };
}

Setter Number(int* out, int lowest, int highest) {
  return [=](const std::string& name, const std::string& value) {
    int number = 0;
    const char* end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, number);
    if (error != std::errc() || stop != end || number < lowest || number > highest) {
      throw OptionError(name + " needs a number from " + std::to_string(lowest) + " to " +
                        std::to_string(highest) + ", not '" + value + "'");
    }
    *out = number;
  };
}

void CheckName(const std::string& name, const std::string& value) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  if (value.empty() || value.size() > 63 || !std::all_of(value.begin(), value.end(), allowed)) {
    throw OptionError(name + " needs 1 to 63 letters, digits, '-' or '_', not '" + value + "'");
  }
}

// Whether the text is an origin as browsers send it: a scheme and a host, and no slash at the end.
bool IsOrigin(const std::string& text) {
  const size_t host = text.find("://");
  return host != text.npos && host > 0 && host + 3 < text.size() &&
         text.find('/', host + 3) == text.npos;
}

std::map<std::string, bool*> SwitchesOf(Options& options) {
  return {
      {"--strict", &options.strict},
      {"--append-meta", &options.append_meta},
      {"--tracking-off", &options.tracking_off},
      {"--faults", &options.faults},
      {"--quiet", &options.quiet},
      {"--help", &options.help},
  };
}

// The result refers to both arguments.
std::map<std::string, Setter> SettersOf(Options& options, std::vector<std::string>& logstores) {
  return {
      {"--host", Text(&options.host)},
      {"--port", Number(&options.port, 0, 65535)},
      {"--db",
       [&](const std::string& name, const std::string& value) {
         // SQLite would use a temporary database, which no other connection can open.
         if (value.empty() || value == ":memory:") throw OptionError(name + " needs a file");
         options.db = value;
       }},
      {"--project",
       [&](const std::string& name, const std::string& value) {
         CheckName(name, value);
         options.project = value;
       }},
      {"--logstore",
       [&](const std::string& name, const std::string& value) {
         CheckName(name, value);
         logstores.push_back(value);
       }},
      {"--site",
       [&](const std::string& name, const std::string& value) {
         std::error_code ignored;
         if (!std::filesystem::is_directory(value, ignored)) {
           throw OptionError(name + " needs a folder, not '" + value + "'");
         }
         options.site = value;
       }},
      {"--write-quota", Number(&options.write_quota, 0, 1'000'000'000)},
      {"--rate", Number(&options.rate, 0, 1'000'000)},
      {"--retention",
       [&](const std::string& name, const std::string& value) {
         if (!ParseRetention(value)) {
           throw OptionError(name + " needs days or a size, such as 30d, 500MB or 20GB, not '" +
                             value + "'");
         }
         options.retention = value;
       }},
      {"--allow-origin",
       [&](const std::string& name, const std::string& value) {
         if (!IsOrigin(value)) {
           throw OptionError(name + " needs an origin, such as https://shop.example, not '" +
                             value + "'");
         }
         options.allowed_origins.push_back(value);
       }},
      {"--large-status",
       [&](const std::string& name, const std::string& value) {
         if (value != "400" && value != "413") {
           throw OptionError(name + " needs 400 or 413, not '" + value + "'");
         }
         options.large_status = value == "400" ? 400 : 413;
       }},
  };
}

}  // namespace

Options ParseOptions(const std::vector<std::string>& arguments) {
  Options options;
  std::vector<std::string> logstores;
  const std::map<std::string, bool*> switches = SwitchesOf(options);
  const std::map<std::string, Setter> values = SettersOf(options, logstores);

  for (size_t i = 0; i < arguments.size(); ++i) {
    const size_t equals = arguments[i].find('=');
    const bool joined = equals != std::string::npos;
    const std::string name = arguments[i].substr(0, equals);
    if (const auto found = switches.find(name); found != switches.end()) {
      if (joined) throw OptionError(name + " takes no value");
      *found->second = true;
    } else if (const auto option = values.find(name); option != values.end()) {
      if (!joined && ++i == arguments.size()) throw OptionError(name + " needs a value");
      option->second(name, joined ? arguments[i].substr(equals + 1) : arguments[i]);
    } else {
      throw OptionError("unknown option '" + arguments[i] + "'; --help lists them");
    }
  }

  if (!logstores.empty()) options.logstores = std::move(logstores);
  return options;
}

std::string Usage() {
  return R"(webtrack-collector [options]

A native stand-in for the web tracking endpoint of Alibaba Cloud Simple Log Service.

  --host ADDRESS          address to listen on (default 127.0.0.1). On any address except loopback,
                          everybody in that network can store logs and read all
  --port N                port to listen on; 0 selects a free port (default 8787)
  --db FILE               SQLite database; created if missing (default webtrack.db)
  --project NAME          name of the only project (default demo)
  --logstore NAME         name of a logstore; repeat it for more (default web)
  --site DIR              folder of static files to serve at /
  --strict                refuse requests without an API version
  --append-meta           add the client's address and the arrival time to each log
  --tracking-off          answer 401, like a logstore with web tracking switched off
  --write-quota N         accept N track requests per minute, then answer 403; 0 means no limit
                          (default 0)
  --rate N                accept N track requests per second of each address, then answer 429; 0
                          means no limit (default 0)
  --allow-origin ORIGIN   let only pages of this origin send events; repeat it for more (default:
                          any origin)
  --retention LIMIT       delete the oldest logs beyond so many days (30d) or so much data (20GB)
  --large-status 400|413  status of PostBodyTooLarge (default 400)
  --faults                enable /api/faults, which simulates errors
  --quiet                 log only warnings and errors
  --help                  print this help
)";
}

}  // namespace collector
