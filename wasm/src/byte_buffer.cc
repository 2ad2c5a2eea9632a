#include "byte_buffer.h"

#include <cstring>

namespace webtrack {

bool ByteBuffer::Append(const char* bytes, uint32_t count) {
  if (!Reserve(count)) return false;
  if (count != 0) std::memcpy(data_ + size_, bytes, count);
  size_ += count;
  return true;
}

bool ByteBuffer::Grow(uint32_t needed) {
  // Grow by half. The memory of a module never shrinks, so the memory that doubling wastes costs
  // more than the additional copies.
  uint32_t capacity = capacity_ + capacity_ / 2;
  if (capacity < needed) capacity = needed;
  if (capacity > ceiling_) capacity = ceiling_;
  auto* grown = static_cast<char*>(std::realloc(data_, capacity));
  out_of_memory_ = grown == nullptr;
  if (out_of_memory_) return false;
  data_ = grown;
  capacity_ = capacity;
  return true;
}

}  // namespace webtrack
