// Several runs of bytes written as one.
#pragma once

#include <sys/uio.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>

namespace stargate::net {

// A cursor over pieces of memory that are sent one behind the other. A view: the pieces, and the list of them, must
// outlive it. Cannot fail.
class Gather {
 public:
  Gather() = default;
  explicit Gather(std::span<const std::string_view> pieces) : pieces_(pieces) { skip_empty(); }

  [[nodiscard]] bool done() const { return index_ == pieces_.size(); }
  [[nodiscard]] std::string_view front() const { return pieces_[index_].substr(offset_); }

  [[nodiscard]] std::size_t fill(std::span<iovec> vectors) const {
    std::size_t count = 0;
    std::size_t offset = offset_;
    for (std::size_t i = index_; i < pieces_.size() && count < vectors.size(); ++i) {
      const std::string_view piece = pieces_[i].substr(offset);
      offset = 0;
      if (piece.empty()) continue;
      // iovec serves reading too and has no const; sendmsg does not write through it.
      vectors[count++] = {const_cast<char*>(piece.data()), piece.size()};
    }
    return count;
  }

  // Copies what comes next, at most `room` bytes, without advancing.
  [[nodiscard]] std::size_t copy(std::span<char> room) const {
    std::size_t size = 0;
    std::size_t offset = offset_;
    for (std::size_t i = index_; i < pieces_.size() && size < room.size(); ++i) {
      size += pieces_[i].substr(offset).copy(room.data() + size, room.size() - size);
      offset = 0;
    }
    return size;
  }

  void advance(std::size_t bytes) {
    while (bytes > 0 && !done()) {
      const std::size_t here = std::min(bytes, pieces_[index_].size() - offset_);
      offset_ += here;
      bytes -= here;
      skip_empty();
    }
  }

 private:
  void skip_empty() {
    while (index_ < pieces_.size() && offset_ == pieces_[index_].size()) {
      ++index_;
      offset_ = 0;
    }
  }

  std::span<const std::string_view> pieces_;
  std::size_t index_ = 0;
  std::size_t offset_ = 0;
};

}  // namespace stargate::net
