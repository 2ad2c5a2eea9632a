// Serves a folder of static files.
#ifndef COLLECTOR_HTTP_SITE_H_
#define COLLECTOR_HTTP_SITE_H_

#include <httplib.h>

#include <filesystem>
#include <string>

#include "http/http_listener.h"

namespace collector {

class Site {
 public:
  // The folder must exist.
  explicit Site(const std::string& folder);

  // Answers with the file at the path, or with the index.html of a folder. When the file is
  // missing, hidden or outside of the root folder, answers 404 with 404.html or a short text.
  // Thread-safe.
  void Handle(HttpRequest& request, httplib::Response& response) const;

 private:
  const std::filesystem::path root_;
};

// Returns the media type for the extension of a file.
std::string MediaType(const std::filesystem::path& file);

}  // namespace collector

#endif  // COLLECTOR_HTTP_SITE_H_
