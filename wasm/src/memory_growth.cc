// Emscripten's C library calls this function, normally an import, when memory has grown. The glue
// checks the memory itself, so an empty function is enough and the module needs no import.
#ifdef __EMSCRIPTEN__

#  include <cstddef>

extern "C" void emscripten_notify_memory_growth(size_t /*memory_index*/) {}

#endif
