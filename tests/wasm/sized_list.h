// The list that webtrack_append_sized() reads: each text after its size in four bytes, the lowest
// first.
#ifndef TESTS_WASM_SIZED_LIST_H_
#define TESTS_WASM_SIZED_LIST_H_

#include <string>
#include <vector>

inline std::string SizedList(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) {
    for (int shift = 0; shift < 32; shift += 8) {
      list += static_cast<char>(text.size() >> shift & 0xff);
    }
    list += text;
  }
  return list;
}

#endif  // TESTS_WASM_SIZED_LIST_H_
