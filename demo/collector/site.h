// A folder of static files, served as a page's own origin.
#ifndef COLLECTOR_SITE_H_
#define COLLECTOR_SITE_H_

#include <httplib.h>

#include <filesystem>
#include <string>

#include "http_listener.h"

namespace collector {

class Site {
 public:
  // The folder exists.
  explicit Site(const std::string& folder);

  // Answers with the file that the path names, a folder with its index.html; what is missing,
  // hidden, or outside of the folder with 404.html or a short text. Safe to use from many threads.
  void Handle(HttpRequest& request, httplib::Response& response) const;

 private:
  const std::filesystem::path root_;
};

// The media type of a file by its extension.
std::string MediaType(const std::filesystem::path& file);

}  // namespace collector

#endif  // COLLECTOR_SITE_H_
