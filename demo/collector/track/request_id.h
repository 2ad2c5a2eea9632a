// Creates the ids of track requests.
#ifndef COLLECTOR_TRACK_REQUEST_ID_H_
#define COLLECTOR_TRACK_REQUEST_ID_H_

#include <string>

namespace collector {

// Returns 24 upper-case hexadecimal digits: 8 for the epoch seconds, then 16 random ones.
std::string NewRequestId();

}  // namespace collector

#endif  // COLLECTOR_TRACK_REQUEST_ID_H_
