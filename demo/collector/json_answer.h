// The JSON answers of everything but the track endpoint.
#ifndef COLLECTOR_JSON_ANSWER_H_
#define COLLECTOR_JSON_ANSWER_H_

#include <httplib.h>

#include <string>

namespace collector {

void AnswerJson(httplib::Response* response, const std::string& json);

// {"error":"…"}; bytes of `message` that are no UTF-8 become U+FFFD.
void AnswerError(httplib::Response* response, int status, const std::string& message);

// 405, naming the methods that are allowed, e.g. "GET, HEAD".
void AnswerMethodNotAllowed(httplib::Response* response, const char* allowed);

}  // namespace collector

#endif  // COLLECTOR_JSON_ANSWER_H_
