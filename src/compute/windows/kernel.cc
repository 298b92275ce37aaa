#include "compute/windows/kernel.h"

namespace headrace {

Slot ListArena::add(std::span<const Slot> items) {
  const size_t words = items.size() + 1;
  if (words > left_) {
    const size_t block = words > kBlockWords ? words : kBlockWords;
    blocks_.push_back(std::make_unique<Slot[]>(block));
    next_ = blocks_.back().get();
    left_ = block;
  }
  Slot* list = next_;
  next_ += words;
  left_ -= words;
  list[0] = items.size();
  for (size_t i = 0; i < items.size(); ++i) list[i + 1] = items[i];
  return reinterpret_cast<Slot>(list);
}

}  // namespace headrace
