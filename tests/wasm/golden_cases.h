// Reads tests/golden/cases.json. The README.md beside that file explains its members.
#ifndef WEBTRACK_TESTS_GOLDEN_CASES_H_
#define WEBTRACK_TESTS_GOLDEN_CASES_H_

#include <string>
#include <vector>

#include "test_batch.h"

namespace webtrack {

struct GoldenCase {
  std::string name;
  std::string source;
  std::string topic;
  Fields tags;
  std::vector<Fields> logs;
  std::string body;
};

std::vector<GoldenCase> ReadGoldenCases();

}  // namespace webtrack

#endif  // WEBTRACK_TESTS_GOLDEN_CASES_H_
