// The answer to bytes that are no request, or to a request that takes too long or too much memory.
#ifndef COLLECTOR_HTTP_REFUSAL_H_
#define COLLECTOR_HTTP_REFUSAL_H_

#include <string>

namespace collector {

// The whole response, which also says that the connection is closed after it.
std::string RefusalText(int status);

}  // namespace collector

#endif  // COLLECTOR_HTTP_REFUSAL_H_
