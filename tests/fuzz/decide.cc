// The retry policy: whatever an endpoint answers, the decision is one that callers know.
#include <cstring>

#include "input.h"
#include "webtrack.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Input input(data, size);
  webtrack_batch* const batch = webtrack_batch_create(0, 0);
  while (!input.empty()) {
    const uint32_t status = input.Below(1000);
    const std::string code = input.Text(64);
    std::memcpy(webtrack_input(batch, static_cast<uint32_t>(code.size())), code.data(),
                code.size());
    const uint32_t compressed = input.Below(2);
    const uint32_t failures = 1 + input.Below(100'000);
    const uint32_t packed =
        webtrack_decide(batch, status, static_cast<uint32_t>(code.size()), compressed, failures,
                        input.Below(UINT32_MAX), input.Below(UINT32_MAX));
    const uint32_t action = packed & 15;
    const uint32_t delay = packed >> 4;
    CHECK(action <= WEBTRACK_DROP);
    CHECK(delay <= WEBTRACK_MAX_DELAY_MS);
    CHECK((delay > 0) == (action == WEBTRACK_RETRY || action == WEBTRACK_PAUSE));
    CHECK((action == WEBTRACK_ACK) == (status / 100 == 2));
    CHECK(action != WEBTRACK_RESEND_PLAIN || compressed);
    // Nothing is lost when there is no answer, or one that says that the endpoint is busy.
    if (status == 0 || status == 408 || status == 429 || (status >= 500 && status < 600)) {
      CHECK(action == WEBTRACK_RETRY);
    }
  }
  webtrack_batch_destroy(batch);
  return 0;
}
