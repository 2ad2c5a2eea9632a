// The ids that tell track answers apart.
#ifndef COLLECTOR_REQUEST_ID_H_
#define COLLECTOR_REQUEST_ID_H_

#include <string>

namespace collector {

// 24 upper-case hexadecimal digits: the epoch seconds in 8, then 16 that are random.
std::string NewRequestId();

}  // namespace collector

#endif  // COLLECTOR_REQUEST_ID_H_
