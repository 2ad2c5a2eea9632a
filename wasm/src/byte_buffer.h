// A byte buffer that grows up to a fixed limit. When it cannot grow it returns false; it never
// throws. std::vector does not fit here: when memory runs out it aborts the module.
#ifndef WEBTRACK_BYTE_BUFFER_H_
#define WEBTRACK_BYTE_BUFFER_H_

#include <cassert>
#include <cstdint>
#include <cstdlib>

namespace webtrack {

class ByteBuffer {
 public:
  explicit ByteBuffer(uint32_t ceiling) : ceiling_(ceiling) {}
  ~ByteBuffer() { std::free(data_); }
  ByteBuffer(const ByteBuffer&) = delete;
  ByteBuffer& operator=(const ByteBuffer&) = delete;

  char* data() { return data_; }
  const char* data() const { return data_; }
  uint32_t size() const { return size_; }
  uint32_t room() const { return capacity_ - size_; }
  bool out_of_memory() const { return out_of_memory_; }

  // Makes room for `bytes` more bytes. Returns false and changes nothing when the size would exceed
  // the limit or memory runs out; directly after the call, out_of_memory() tells the two apart.
  bool Reserve(uint32_t bytes) {
    if (bytes <= room()) return true;
    out_of_memory_ = false;
    if (bytes > ceiling_ - size_) return false;
    return Grow(size_ + bytes);
  }

  // Sets the size, which must be within the reserved room. A larger size takes in bytes that the
  // caller wrote behind the end; a smaller one cuts bytes off.
  void Resize(uint32_t size) {
    assert(size <= capacity_);
    size_ = size;
  }

  bool Append(const char* bytes, uint32_t count);

 private:
  bool Grow(uint32_t needed);

  char* data_ = nullptr;
  uint32_t size_ = 0;
  uint32_t capacity_ = 0;
  uint32_t ceiling_;
  bool out_of_memory_ = false;
};

}  // namespace webtrack

#endif  // WEBTRACK_BYTE_BUFFER_H_
