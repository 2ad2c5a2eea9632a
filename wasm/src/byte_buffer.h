// A growing run of bytes that refuses to grow past a ceiling and never throws: std::vector would
// abort the page's module when memory runs out, and its growth cannot be refused.
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

  // Makes room for `bytes` more. False, with nothing changed, when the size would pass the ceiling
  // or memory is out; out_of_memory() tells which, right after.
  bool Reserve(uint32_t bytes) {
    if (bytes <= room()) return true;
    out_of_memory_ = false;
    if (bytes > ceiling_ - size_) return false;
    return Grow(size_ + bytes);
  }

  // Sets the size, within what was reserved: longer for bytes written behind the end, shorter to
  // cut.
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
