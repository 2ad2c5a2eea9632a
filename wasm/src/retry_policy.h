// What becomes of a batch after one request with it: the decision table for the endpoint's answers.
// A pure function, so that the page brings the clock and the chance.
#ifndef WEBTRACK_RETRY_POLICY_H_
#define WEBTRACK_RETRY_POLICY_H_

#include <cstdint>

#include "webtrack_constants.h"

namespace webtrack {

// How a request ended, as webtrack_decide takes it.
struct Answer {
  uint32_t status;   // 0: none that could be read
  const char* code;  // the endpoint's errorCode; the body of a proxy has none
  uint32_t code_bytes;
  bool compressed;          // the body that was sent
  uint32_t attempts;        // failed in a row, this one included
  uint32_t retry_after_ms;  // what the answer asked for, or 0
  uint32_t random;
};

// An action with its delay, packed as webtrack_decide returns it.
uint32_t Decide(const Answer& answer);

}  // namespace webtrack

#endif  // WEBTRACK_RETRY_POLICY_H_
