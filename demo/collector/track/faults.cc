#include "track/faults.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "http/json_answer.h"

namespace collector {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMaxFaultBytes = 4096;
constexpr int kMaxTimes = 1'000'000;

bool IsHeaderText(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

bool ReadInt(const Json& value, int lowest, int highest, int* out) {
  if (!value.is_number_integer()) return false;
  const auto number = value.get<int64_t>();
  if (number < lowest || number > highest) return false;
  *out = static_cast<int>(number);
  return true;
}

}  // namespace

std::optional<std::string> ParseFault(const std::string& body, Fault* fault) {
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return "the body is not a JSON object";
  for (const auto& [name, value] : json.items()) {
    bool valid = false;
    if (name == "answer" && value.is_string()) {
      fault->answer = value.get<std::string>();
      fault->code = FindErrorCode(fault->answer);
      valid = fault->code || fault->answer == "Proxy";
    } else if (name == "status") {
      int status = 0;
      valid = ReadInt(value, 400, 599, &status);
      fault->status = status;
    } else if (name == "times") {
      valid = ReadInt(value, 1, kMaxTimes, &fault->times);
    } else if ((name == "cors" || name == "after_store") && value.is_boolean()) {
      (name == "cors" ? fault->cors : fault->after_store) = value.get<bool>();
      valid = true;
    } else if (name == "retry_after" && value.is_string()) {
      fault->retry_after = value.get<std::string>();
      valid = IsHeaderText(*fault->retry_after);
    }
    if (!valid) return "'" + name + "' is unknown or has an invalid value";
  }
  if (fault->answer.empty()) return "'answer' is missing";
  return std::nullopt;
}

void Faults::Handle(HttpRequest& request, httplib::Response& response) {
  if (request.method == "POST") {
    // A cross-origin request of this type needs a preflight, which this endpoint does not allow. So
    // other sites cannot add faults.
    const std::string type = request.Header("Content-Type").value_or("");
    if (type.substr(0, type.find(';')) != "application/json") {
      return AnswerError(&response, 415, "Content-Type must be application/json");
    }
    std::string body;
    if (!request.body.Take(kMaxFaultBytes, &body)) {
      return AnswerError(&response, 413, "the body is too large");
    }
    Fault fault;
    if (const auto problem = ParseFault(body, &fault)) {
      return AnswerError(&response, 400, *problem);
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    pending_.push_back(std::move(fault));
  } else if (request.method == "DELETE") {
    const std::lock_guard<std::mutex> lock(mutex_);
    pending_.clear();
  } else if (request.method != "GET") {
    return AnswerMethodNotAllowed(&response, "GET, POST, DELETE");
  }
  AnswerJson(&response, PendingJson());
}

std::optional<Fault> Faults::Take() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (pending_.empty()) return std::nullopt;
  Fault fault = pending_.front();
  if (--pending_.front().times == 0) pending_.pop_front();
  return fault;
}

std::string Faults::PendingJson() {
  const std::lock_guard<std::mutex> lock(mutex_);
  Json list = Json::array();
  for (const Fault& fault : pending_) {
    Json entry = {{"answer", fault.answer}, {"times", fault.times}, {"cors", fault.cors}};
    if (fault.status) entry["status"] = *fault.status;
    if (fault.retry_after) entry["retry_after"] = *fault.retry_after;
    entry["after_store"] = fault.after_store;
    list.push_back(std::move(entry));
  }
  return Json{{"faults", std::move(list)}}.dump();
}

}  // namespace collector
