#include "http/json_answer.h"

#include <nlohmann/json.hpp>

namespace collector {

void AnswerJson(httplib::Response* response, const std::string& json) {
  response->status = 200;
  response->set_content(json, "application/json");
}

void AnswerError(httplib::Response* response, int status, const std::string& message) {
  const nlohmann::json body = {{"error", message}};
  response->status = status;
  response->set_content(body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                        "application/json");
}

void AnswerMethodNotAllowed(httplib::Response* response, const char* allowed) {
  response->set_header("Allow", allowed);
  AnswerError(response, 405, "the method is not allowed here");
}

}  // namespace collector
