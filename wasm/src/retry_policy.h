// Decides what to do with a batch after a request. It is a pure function: the caller keeps time and
// supplies the random number.
#ifndef WEBTRACK_RETRY_POLICY_H_
#define WEBTRACK_RETRY_POLICY_H_

#include <cstdint>

#include "webtrack_constants.h"

namespace webtrack {

// How a request ended: the arguments of webtrack_decide.
struct Answer {
  uint32_t status;   // HTTP status; 0 when no response could be read
  const char* code;  // the endpoint's errorCode, not terminated; a proxy sends none
  uint32_t code_bytes;
  bool compressed;          // whether the request body was compressed
  uint32_t failures;        // requests that failed in a row, including this one; at least 1
  uint32_t retry_after_ms;  // 0 without Retry-After
  uint32_t random;
};

// Returns an action and its delay, packed as webtrack_decide returns them.
uint32_t Decide(const Answer& answer);

}  // namespace webtrack

#endif  // WEBTRACK_RETRY_POLICY_H_
