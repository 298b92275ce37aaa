#pragma once

/// A sorted sequence in blocks of about 4 KiB: the order statistics of a window.
///
/// Inserting and erasing find the block by its last value, then move at most one block's bytes; a rank is found by
/// summing the blocks' weights. That is O(log n) comparisons, O(1) moved blocks and O(n / block) additions: for windows
/// of up to some 100,000 values faster than trees, whose nodes miss the cache. A short sequence is one flat vector.
///
/// Invariants:
///   (1) Values rise by Before, in a block and over the blocks; no block is empty.
///   (2) lasts[i] and weights[i] are the last value and the sum of weights of blocks[i]; weight_ is the sum of all.
///   (3) blocked_ is null while the values fit one block, which is flat_ then; flat_ is empty otherwise.
///
/// Not thread-safe.

#include "base/check.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace headrace {

/// Every value weighs one: the sequence is a multiset and its weight is its size.
struct UnitWeight {
  template <typename T>
  constexpr int64_t operator()(const T& /*value*/) const {
    return 1;
  }
};

template <typename T, typename Before = std::less<T>, typename Weight = UnitWeight>
class SortedBlocks {
 public:
  static constexpr size_t kBlockValues = std::max<size_t>(16, 4096 / sizeof(T));

  SortedBlocks() = default;
  SortedBlocks(const SortedBlocks& other)
      : flat_(other.flat_),
        blocked_(other.blocked_ ? std::make_unique<Blocked>(*other.blocked_) : nullptr),
        weight_(other.weight_) {}
  SortedBlocks(SortedBlocks&& other) noexcept
      : flat_(std::move(other.flat_)), blocked_(std::move(other.blocked_)), weight_(std::exchange(other.weight_, 0)) {
    other.flat_.clear();
  }
  SortedBlocks& operator=(SortedBlocks other) noexcept {
    flat_.swap(other.flat_);
    blocked_.swap(other.blocked_);
    std::swap(weight_, other.weight_);
    return *this;
  }
  ~SortedBlocks() = default;

  /// The sum of the weights of all values.
  int64_t weight() const { return weight_; }
  bool empty() const { return flat_.empty() && blocked_ == nullptr; }

  void insert(const T& value) {
    weight_ += Weight()(value);
    if (blocked_ == nullptr) {
      if (flat_.size() < kBlockValues) {
        flat_.insert(flat_.begin() + position(flat_, value), value);
        return;
      }
      assign(std::exchange(flat_, {}));
    }
    size_t block = blocked_->find(value);
    if (blocked_->blocks[block].size() == kBlockValues) {
      blocked_->split(block);
      if (Before()(blocked_->lasts[block], value)) ++block;
    }
    std::vector<T>& values = blocked_->blocks[block];
    values.insert(values.begin() + position(values, value), value);
    blocked_->weights[block] += Weight()(value);
    blocked_->lasts[block] = values.back();
  }

  /// Removes one value that is equal. REQUIRES: there is one.
  void erase(const T& value) {
    if (blocked_ == nullptr) {
      erase_from(flat_, value);
      return;
    }
    const size_t block = blocked_->find(value);
    blocked_->weights[block] -= erase_from(blocked_->blocks[block], value);
    shrink(block);
  }

  /// Lets `change` alter the weight of the equal value, which is inserted as `value` when there is none; it may alter
  /// whatever Before does not look at. A value that weighs nothing afterwards is erased.
  template <typename Change>
  void change(const T& value, Change change) {
    T* found = find_equal(value);
    if (found == nullptr) {
      T inserted = value;
      change(inserted);
      if (Weight()(inserted) != 0) insert(inserted);
      return;
    }
    T changed = *found;
    change(changed);
    const int64_t gain = Weight()(changed) - Weight()(*found);
    if (Weight()(changed) == 0) {
      erase(value);
      return;
    }
    *found = changed;
    weight_ += gain;
    if (blocked_ != nullptr) {
      const size_t block = blocked_->find(value);
      blocked_->weights[block] += gain;
      blocked_->lasts[block] = blocked_->blocks[block].back();
    }
  }

  /// The value at a rank: the first whose weight, with all before it, is more than `rank`.
  /// REQUIRES: 0 <= rank < weight().
  const T& at(int64_t rank) const {
    if (blocked_ == nullptr) return at(flat_, rank);
    const auto& weights = blocked_->weights;
    size_t block = 0;
    if (rank * 2 < weight_) {
      while (rank >= weights[block]) rank -= weights[block++];
    } else {
      int64_t start = weight_;
      block = weights.size();
      do start -= weights[--block];
      while (rank < start);
      rank -= start;
    }
    return at(blocked_->blocks[block], rank);
  }

  /// Visits the values in order until `visit` returns false.
  template <typename Visit>
  void visit_while(Visit visit) const {
    const auto visit_block = [&](const std::vector<T>& values) {
      return std::all_of(values.begin(), values.end(), visit);
    };
    if (blocked_ == nullptr) {
      visit_block(flat_);
    } else {
      static_cast<void>(std::all_of(blocked_->blocks.begin(), blocked_->blocks.end(), visit_block));
    }
  }

  /// Adds all values of the other. REQUIRES: weights are UnitWeight.
  void merge(const SortedBlocks& other) {
    if (other.weight_ * 8 < weight_) {
      other.visit_while([&](const T& value) { return insert(value), true; });
      return;
    }
    const std::vector<T> a = to_vector();
    const std::vector<T> b = other.to_vector();
    std::vector<T> both;
    both.reserve(a.size() + b.size());
    std::merge(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both), Before());
    weight_ += other.weight_;
    assign(std::move(both));
  }

 private:
  struct Blocked {
    std::vector<std::vector<T>> blocks;
    std::vector<T> lasts;
    std::vector<int64_t> weights;

    /// The first block that does not end before the value, else the last block.
    size_t find(const T& value) const { return std::min(position(lasts, value), lasts.size() - 1); }

    void append(std::vector<T> values) {
      blocks.push_back(std::move(values));
      lasts.push_back(blocks.back().back());
      weights.push_back(weigh(blocks.back()));
    }
    void remove(size_t block) {
      blocks.erase(blocks.begin() + block);
      lasts.erase(lasts.begin() + block);
      weights.erase(weights.begin() + block);
    }
    void split(size_t block) {
      std::vector<T>& values = blocks[block];
      std::vector<T> upper(values.begin() + values.size() / 2, values.end());
      values.resize(values.size() - upper.size());
      const int64_t upper_weight = weigh(upper);
      weights[block] -= upper_weight;
      weights.insert(weights.begin() + block + 1, upper_weight);
      lasts.insert(lasts.begin() + block, values.back());
      blocks.insert(blocks.begin() + block + 1, std::move(upper));
    }
    /// Appends the values of the next block to this one.
    void join_next(size_t block) {
      blocks[block].insert(blocks[block].end(), blocks[block + 1].begin(), blocks[block + 1].end());
      weights[block] += weights[block + 1];
      lasts[block] = lasts[block + 1];
      remove(block + 1);
    }
  };

  /// The index of the first value that is not before `value`; without branches that depend on the values.
  static size_t position(const std::vector<T>& values, const T& value) {
    size_t start = 0;
    size_t count = values.size();
    while (count > 1) {
      const size_t half = count / 2;
      start += Before()(values[start + half - 1], value) ? half : 0;
      count -= half;
    }
    return start + (count == 1 && Before()(values[start], value) ? 1 : 0);
  }

  static int64_t weigh(const std::vector<T>& values) {
    int64_t sum = 0;
    for (const T& value : values) sum += Weight()(value);
    return sum;
  }

  static const T& at(const std::vector<T>& values, int64_t rank) {
    size_t index = 0;
    if constexpr (std::is_same_v<Weight, UnitWeight>) {
      index = static_cast<size_t>(rank);
    } else {
      while (rank >= Weight()(values[index])) rank -= Weight()(values[index++]);
    }
    return values[index];
  }

  /// Returns the weight that went.
  int64_t erase_from(std::vector<T>& values, const T& value) {
    const size_t index = position(values, value);
    CHECK(index < values.size() && !Before()(value, values[index]));
    const int64_t gone = Weight()(values[index]);
    values.erase(values.begin() + index);
    weight_ -= gone;
    return gone;
  }

  T* find_equal(const T& value) {
    std::vector<T>& values = blocked_ == nullptr ? flat_ : blocked_->blocks[blocked_->find(value)];
    const size_t index = position(values, value);
    return index < values.size() && !Before()(value, values[index]) ? &values[index] : nullptr;
  }

  /// Restores the invariants after `block` has lost a value, and joins blocks that have become small.
  void shrink(size_t block) {
    Blocked& all = *blocked_;
    if (all.blocks[block].empty()) {
      all.remove(block);
    } else {
      all.lasts[block] = all.blocks[block].back();
      const size_t size = all.blocks[block].size();
      if (size >= kBlockValues / 4) return;
      const auto fits = [&](size_t other) { return all.blocks[other].size() + size <= kBlockValues * 3 / 4; };
      if (block + 1 < all.blocks.size() && fits(block + 1)) {
        all.join_next(block);
      } else if (block > 0 && fits(block - 1)) {
        all.join_next(block - 1);
      }
    }
    if (all.blocks.size() > 1) return;
    if (!all.blocks.empty()) flat_ = std::move(all.blocks.front());
    blocked_ = nullptr;
  }

  std::vector<T> to_vector() const {
    if (blocked_ == nullptr) return flat_;
    std::vector<T> values;
    for (const std::vector<T>& block : blocked_->blocks) values.insert(values.end(), block.begin(), block.end());
    return values;
  }

  /// Takes sorted values; the weight stays as it is.
  void assign(std::vector<T> values) {
    blocked_ = nullptr;
    flat_.clear();
    if (values.size() < kBlockValues) {
      flat_ = std::move(values);
      return;
    }
    blocked_ = std::make_unique<Blocked>();
    for (size_t start = 0; start < values.size(); start += kBlockValues / 2) {
      const size_t end = std::min(start + kBlockValues / 2, values.size());
      blocked_->append(std::vector<T>(values.begin() + start, values.begin() + end));
    }
  }

  std::vector<T> flat_;
  std::unique_ptr<Blocked> blocked_;
  int64_t weight_ = 0;
};

}  // namespace headrace
