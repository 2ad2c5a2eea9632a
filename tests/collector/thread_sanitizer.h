// Included first in every file that is compiled with the thread sanitizer. Debian's does not know
// the function with which std::timed_mutex waits by the monotonic clock, and takes the mutex for
// unlocked; without it the library uses one that the sanitizer knows.
#include <cstddef>  // defines the library's settings

#undef _GLIBCXX_USE_PTHREAD_MUTEX_CLOCKLOCK
