// JSON responses of all endpoints except the track endpoint.
#ifndef COLLECTOR_HTTP_JSON_ANSWER_H_
#define COLLECTOR_HTTP_JSON_ANSWER_H_

#include <httplib.h>

#include <string>

namespace collector {

void AnswerJson(httplib::Response* response, const std::string& json);

// Answers {"error":"…"}. Bytes of `message` that are not valid UTF-8 become U+FFFD.
void AnswerError(httplib::Response* response, int status, const std::string& message);

// Answers 405. `allowed` lists the allowed methods, e.g. "GET, HEAD".
void AnswerMethodNotAllowed(httplib::Response* response, const char* allowed);

}  // namespace collector

#endif  // COLLECTOR_HTTP_JSON_ANSWER_H_
