#include "track/request_id.h"

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <random>

namespace collector {

std::string NewRequestId() {
  std::random_device random;
  char text[25];
  std::snprintf(text, sizeof text, "%08X%08X%08X", static_cast<uint32_t>(std::time(nullptr)),
                static_cast<uint32_t>(random()), static_cast<uint32_t>(random()));
  return text;
}

}  // namespace collector
