// Calls the core's C interface in any order and compares its bodies with a model of the open logs.
#include <lz4.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "../wasm/sized_list.h"
#include "input.h"
#include "webtrack.h"

namespace {

using Json = nlohmann::ordered_json;
using Fields = std::vector<std::pair<std::string, std::string>>;

// The core expects valid UTF-8, so texts are made of these.
std::string Text(Input* input) {
  static const char* const kPieces[] = {"a", "\"",   "\\", "\n",   "\x1f",
                                        "é", "日志", "😀",  "</x>", " "};
  std::string text;
  for (uint32_t pieces = input->Below(6); pieces > 0; --pieces) {
    const uint32_t piece = input->Below(11);
    text += piece == 10 ? std::string(1, '\0') : std::string(kPieces[piece]);
  }
  return text;
}

class Model {
 public:
  explicit Model(Input* input)
      : input_(input),
        batch_(webtrack_batch_create(100 + input->Below(4000), 1 + input->Below(50))) {
    CHECK(batch_ != nullptr);
  }
  ~Model() { webtrack_batch_destroy(batch_); }

  void Step() {
    switch (input_->Below(9)) {
      case 0:
        return Raw();
      case 1:
        return Seal();
      case 2:
        return Envelope();
      case 3:
        return Discard();
      case 4:
      case 5:
        return AppendTerminated();
      default:
        return Append();
    }
  }

 private:
  bool Write(const std::string& text) {
    uint8_t* room = webtrack_input(batch_, static_cast<uint32_t>(text.size()));
    if (room == nullptr) return false;
    std::memcpy(room, text.data(), text.size());
    return true;
  }

  void Append() {
    std::vector<std::string> strings;
    Json log = Json::object();
    const uint32_t count = input_->Below(6);
    for (uint32_t n = 0; n < count; ++n) {
      strings.push_back(std::to_string(n) + Text(input_));
      strings.push_back(Text(input_));
      log[strings[2 * n]] = strings[2 * n + 1];
    }
    const std::string list = SizedList(strings);
    CHECK(Write(list));
    Appended(webtrack_append_sized(batch_, static_cast<uint32_t>(list.size()), count), log);
  }

  // The terminated notation, in which a mark copies a field of the last log with as many fields.
  void AppendTerminated() {
    std::string list;
    Json log = Json::object();
    const uint32_t count = input_->Below(6);
    const auto last = remembered_.find(count);
    for (uint32_t n = 0; n < count; ++n) {
      if (last != remembered_.end() && input_->Below(2) == 1) {
        list += '\xff';
        const auto field = std::next(last->second.begin(), n);
        log[field.key()] = field.value();
      } else {
        const std::string key = std::to_string(n) + TextWithoutNul();
        const std::string value = TextWithoutNul();
        list.append(key).append(1, '\0').append(value).append(1, '\0');
        log[key] = value;
      }
    }
    CHECK(Write(list));
    Appended(webtrack_append(batch_, static_cast<uint32_t>(list.size()), count), log);
  }

  std::string TextWithoutNul() {
    std::string text = Text(input_);
    text.erase(std::remove(text.begin(), text.end(), '\0'), text.end());
    return text;
  }

  // `result`: what the core answered to `log`.
  void Appended(int32_t result, const Json& log) {
    if (result >= 0) {
      open_.push_back(log);
      if (!log.empty()) remembered_[static_cast<uint32_t>(log.size())] = log;
    } else {
      CHECK(result == WEBTRACK_FULL || result == WEBTRACK_TOO_LARGE);
      CHECK(!open_.empty() || result == WEBTRACK_TOO_LARGE);
    }
    CHECK(webtrack_logs(batch_) == open_.size());
  }

  void Envelope() {
    const std::string source = Text(input_);
    const std::string topic = Text(input_);
    const std::string value = Text(input_);
    const std::string list = SizedList({source, topic, "tag", value});
    CHECK(Write(list));
    if (webtrack_envelope(batch_, static_cast<uint32_t>(list.size()), 4) < 0) return;
    envelope_ = {{"__source__", source}, {"__tags__", {{"tag", value}}}};
    if (!topic.empty()) envelope_["__topic__"] = topic;
  }

  void Discard() {
    const uint32_t logs = input_->Below(4);
    webtrack_discard(batch_, logs);
    remembered_.clear();
    for (uint32_t n = 0; n < logs && !open_.empty(); ++n) open_.pop_front();
    CHECK(webtrack_logs(batch_) == open_.size());
  }

  void Seal() {
    const auto compression = static_cast<webtrack_compression>(input_->Below(3));
    const uint32_t bound = input_->Below(2) ? WEBTRACK_NO_BOUND : input_->Below(4096);
    const int32_t logs = webtrack_seal(batch_, compression, bound);
    CHECK(logs >= 0 && static_cast<size_t>(logs) <= open_.size());
    CHECK(logs > 0 || open_.empty() || bound != WEBTRACK_NO_BOUND);
    if (logs == 0) return;
    const uint32_t size = webtrack_sealed_bytes(batch_);
    const uint32_t raw = webtrack_sealed_raw_bytes(batch_);
    CHECK(size <= bound && size <= raw);
    std::string body(reinterpret_cast<const char*>(webtrack_sealed_data(batch_)), size);
    if (size < raw) {
      std::string plain(raw, '\0');
      CHECK(LZ4_decompress_safe(body.data(), plain.data(), static_cast<int>(size),
                                static_cast<int>(raw)) == static_cast<int>(raw));
      body = std::move(plain);
    }
    Json expected = envelope_;
    Json first = Json::array();
    for (int32_t n = 0; n < logs; ++n) first.push_back(open_[static_cast<size_t>(n)]);
    expected["__logs__"] = std::move(first);
    CHECK(nlohmann::json(Json::parse(body)) == nlohmann::json(expected));
  }

  // Input that no caller would pass: nothing may break, and a refusal changes nothing.
  void Raw() {
    const std::string text = input_->Text(200);
    if (!Write(text)) return;
    const uint32_t length = input_->Below(static_cast<uint32_t>(text.size()) + 8);
    const uint32_t count = input_->Below(8);
    const uint32_t before = webtrack_logs(batch_);
    const uint32_t kind = input_->Below(3);
    const int32_t result = kind == 0   ? webtrack_append(batch_, length, count)
                           : kind == 1 ? webtrack_append_sized(batch_, length, count)
                                       : webtrack_envelope(batch_, length, count);
    CHECK(webtrack_logs(batch_) == before + (kind < 2 && result >= 0 ? 1 : 0));
    if (result < 0) return;
    // The texts need not be UTF-8, so the model cannot have them: replace them all.
    webtrack_discard(batch_, before + 1);
    remembered_.clear();
    open_.clear();
    const std::string list = SizedList({"", ""});
    CHECK(Write(list));
    CHECK(webtrack_envelope(batch_, static_cast<uint32_t>(list.size()), 2) >= 0);
    envelope_ = {{"__source__", ""}};
  }

  Input* const input_;
  webtrack_batch* const batch_;
  Json envelope_ = {{"__source__", ""}};
  std::deque<Json> open_;
  // The last log with so many fields, unless it was discarded since.
  std::map<uint32_t, Json> remembered_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input(data, size);
  Model model(&input);
  while (!input.empty()) model.Step();
  return 0;
}
