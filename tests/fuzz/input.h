// Takes numbers and texts from the bytes that a fuzzer makes up.
#ifndef WEBTRACK_TESTS_FUZZ_INPUT_H_
#define WEBTRACK_TESTS_FUZZ_INPUT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

// Ends the program if `condition` is false, which the fuzzer reports with its input.
#define CHECK(condition)                                                             \
  do {                                                                               \
    if (!(condition)) {                                                              \
      std::fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                  \
    }                                                                                \
  } while (false)

class Input {
 public:
  Input(const uint8_t* data, size_t size) : bytes_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return bytes_.empty(); }

  // A number below `bound`; 0 at the end.
  uint32_t Below(uint32_t bound) {
    uint32_t number = 0;
    for (int n = 0; n < 4 && !bytes_.empty(); ++n) {
      number = number << 8 | static_cast<uint8_t>(bytes_.front());
      bytes_.remove_prefix(1);
      if (bound <= 256) break;
    }
    return bound == 0 ? 0 : number % bound;
  }

  // At most `longest` bytes.
  std::string Text(uint32_t longest) {
    const size_t size = std::min<size_t>(Below(longest + 1), bytes_.size());
    std::string text(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return text;
  }

  std::string_view Rest() const { return bytes_; }

 private:
  std::string_view bytes_;
};

#endif  // WEBTRACK_TESTS_FUZZ_INPUT_H_
