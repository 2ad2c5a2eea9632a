#include "http/site.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <system_error>

#include "http/json_answer.h"

namespace collector {
namespace {

namespace fs = std::filesystem;

// Returns the file for a path, with symbolic links resolved. Returns nullopt when the file is
// missing, hidden or outside of the root.
std::optional<fs::path> Resolve(const fs::path& root, const std::string& path) {
  if (path.empty() || path.front() != '/' || path.find('\0') != path.npos) return std::nullopt;
  for (const fs::path& part : fs::path(path.substr(1))) {
    if (part.string().substr(0, 1) == ".") return std::nullopt;  // `..` and hidden files
  }
  std::error_code error;
  const fs::path found = fs::canonical(root / path.substr(1), error);
  if (error) return std::nullopt;
  const bool inside =
      std::mismatch(root.begin(), root.end(), found.begin(), found.end()).first == root.end();
  if (!inside) return std::nullopt;
  return found;
}

bool AnswerFile(const std::optional<fs::path>& file, int status, httplib::Response* response) {
  std::error_code error;
  if (!file || !fs::is_regular_file(*file, error)) return false;
  std::ifstream stream(*file, std::ios::binary);
  if (!stream) return false;
  const std::string content((std::istreambuf_iterator<char>(stream)),
                            std::istreambuf_iterator<char>());
  response->status = status;
  response->set_content(content, MediaType(*file));
  return true;
}

}  // namespace

std::string MediaType(const fs::path& file) {
  static const std::map<std::string, std::string> kTypes = {
      {".css", "text/css; charset=utf-8"},
      {".gif", "image/gif"},
      {".html", "text/html; charset=utf-8"},
      {".ico", "image/vnd.microsoft.icon"},
      {".jpg", "image/jpeg"},
      {".js", "text/javascript; charset=utf-8"},
      {".json", "application/json"},
      {".map", "application/json"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".png", "image/png"},
      {".svg", "image/svg+xml"},
      {".txt", "text/plain; charset=utf-8"},
      {".wasm", "application/wasm"},
      {".webmanifest", "application/manifest+json"},
      {".webp", "image/webp"},
      {".woff2", "font/woff2"},
  };
  const auto found = kTypes.find(file.extension().string());
  return found == kTypes.end() ? "application/octet-stream" : found->second;
}

Site::Site(const std::string& folder) : root_(fs::canonical(folder)) {}

void Site::Handle(HttpRequest& request, httplib::Response& response) const {
  if (request.method != "GET" && request.method != "HEAD") {
    return AnswerMethodNotAllowed(&response, "GET, HEAD");
  }
  const std::string& path = request.target.path;
  std::error_code error;
  auto file = Resolve(root_, path);
  if (file && fs::is_directory(*file, error)) {
    if (path.back() != '/') {
      // Relative addresses in index.html need the slash at the end of the page's own address.
      response.status = 301;
      response.set_header("Location", "./" + file->filename().string() + "/");
      return;
    }
    file = Resolve(root_, path + "index.html");
  }
  if (AnswerFile(file, 200, &response)) return;
  if (AnswerFile(Resolve(root_, "/404.html"), 404, &response)) return;
  response.status = 404;
  response.set_content("Not found.\n", "text/plain; charset=utf-8");
}

}  // namespace collector
