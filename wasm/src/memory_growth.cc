// The C library tells the page through an import that the module's memory has grown. The glue looks
// at the memory itself, so answering the call in here leaves the module without any import.
#ifdef __EMSCRIPTEN__

#  include <cstddef>

extern "C" void emscripten_notify_memory_growth(size_t /*memory_index*/) {}

#endif
