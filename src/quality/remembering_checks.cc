#include "quality/value_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <unordered_set>

namespace headrace {
namespace {

/// The 64 bits that stand for a value of a fixed size: equal bits for equal values, because no −0.0 occurs.
uint64_t word_at(const Column& column, int64_t row) {
  if (column.type.scalar == ScalarType::kBool) return column.bool_at(row) ? 1 : 0;
  if (column.type.scalar == ScalarType::kDouble) return std::bit_cast<uint64_t>(column.doubles()[row]);
  return static_cast<uint64_t>(column.int64s()[row]);
}

bool is_word(const Type& type) { return !type.is_list && type.scalar != ScalarType::kString; }

/// A set of words by open addressing.
class WordSet {
 public:
  /// Whether the word is there, or had room; `is_new` tells which.
  bool insert(uint64_t word, int64_t bytes_max, bool& is_new) {
    if (word == 0) {
      is_new = !has_zero_;
      has_zero_ = true;
      return true;
    }
    if (slots_.empty()) slots_.resize(1024);
    uint64_t* slot = find(slots_, word);
    is_new = *slot == 0;
    if (!is_new) return true;
    if (2 * (count_ + 1) > slots_.size()) {
      // While it grows, the old table is there too.
      if (static_cast<int64_t>(3 * slots_.size() * sizeof(uint64_t)) > bytes_max) return false;
      grow();
      slot = find(slots_, word);
    }
    *slot = word;
    ++count_;
    return true;
  }

 private:
  static uint64_t* find(std::vector<uint64_t>& slots, uint64_t word) {
    const size_t mask = slots.size() - 1;
    size_t at = (word * 0x9e3779b97f4a7c15u) >> 20 & mask;
    while (slots[at] != 0 && slots[at] != word) at = (at + 1) & mask;
    return &slots[at];
  }
  void grow() {
    std::vector<uint64_t> wider(2 * slots_.size());
    for (const uint64_t word : slots_) {
      if (word != 0) *find(wider, word) = word;
    }
    slots_ = std::move(wider);
  }

  std::vector<uint64_t> slots_;  // a power of two of them, at most half in use; 0: free
  size_t count_ = 0;
  bool has_zero_ = false;
};

/// A set of texts: of strings, and of lists as they are written.
class TextSet {
 public:
  bool insert(std::string text, int64_t bytes_max, bool& is_new) {
    constexpr int64_t kEntryBytes = 64;
    is_new = !texts_.contains(text);
    if (!is_new) return true;
    const int64_t bytes = kEntryBytes + static_cast<int64_t>(text.size());
    if (bytes_ + bytes > bytes_max) return false;
    bytes_ += bytes;
    texts_.insert(std::move(text));
    return true;
  }

 private:
  std::unordered_set<std::string> texts_;
  int64_t bytes_ = 0;
};

class UniqueCheck : public ValueCheck {
 public:
  UniqueCheck(const Type& type, int64_t bytes_max) : is_word_(is_word(type)), bytes_max_(bytes_max) {}

  void look(const CheckedRows& rows) override {
    const Column& values = *rows.values;
    for (int64_t row = 0; row < values.length; ++row) {
      if (!values.is_valid(row)) continue;
      bool is_new = false;
      const bool is_kept = is_word_ ? words_.insert(word_at(values, row), bytes_max_, is_new)
                                    : texts_.insert(text_at(values, row), bytes_max_, is_new);
      is_forgetful_ |= !is_kept;
      log_.look_at(1);
      if (is_kept && !is_new) log_.fail(rows.names, values, row, 0.0, "");
    }
  }

  std::string gave_up() const override {
    if (!is_forgetful_ || log_.failed() > 0) return {};
    return fmt::format("more distinct values than fit into {} MB", bytes_max_ >> 20);
  }

 private:
  static std::string text_at(const Column& values, int64_t row) {
    return values.type.is_list ? to_json(values.value_at(row)) : std::string(values.string_at(row));
  }

  bool is_word_;
  int64_t bytes_max_;
  bool is_forgetful_ = false;  // some value did not fit
  WordSet words_;
  TextSet texts_;
};

template <typename T>
T typed_at(const Column& column, int64_t row) {
  if constexpr (std::same_as<T, std::string>) {
    return std::string(column.string_at(row));
  } else if constexpr (std::same_as<T, double>) {
    return column.doubles()[row];
  } else {
    return column.int64s()[row];
  }
}

Value boxed(double value, ScalarType) { return Value{value}; }
Value boxed(const std::string& value, ScalarType) { return Value{value}; }
Value boxed(int64_t value, ScalarType type) {
  return type == ScalarType::kTimestamp ? Value{EventTime{value}} : Value{value};
}

template <typename T>
class MonotonicCheck : public ValueCheck {
 public:
  bool needs_entities() const override { return true; }

  void look(const CheckedRows& rows) override {
    const Column& values = *rows.values;
    for (int64_t row = 0; row < values.length; ++row) {
      if (!values.is_valid(row)) continue;
      log_.look_at(1);
      const uint32_t entity = rows.entities[row];
      if (entity >= last_.size()) last_.resize(std::max<size_t>(entity + 1, 2 * last_.size()));
      T value = typed_at<T>(values, row);
      std::optional<T>& last = last_[entity];
      if (last && value < *last) {
        const std::string note = log_.is_full() ? "" : "after " + to_json(boxed(*last, values.type.scalar));
        log_.fail(rows.names, values, row, 0.0, note);
      }
      last = std::move(value);
    }
  }

 private:
  std::vector<std::optional<T>> last_;  // by entity
};

class AllowedWords : public ValueCheck {
 public:
  explicit AllowedWords(std::vector<uint64_t> words) : words_(std::move(words)) {
    std::sort(words_.begin(), words_.end());
  }

  void look(const CheckedRows& rows) override {
    const Column& values = *rows.values;
    log_.look_at(count_valid(values));
    for (int64_t row = 0; row < values.length; ++row) {
      if (!values.is_valid(row) || std::binary_search(words_.begin(), words_.end(), word_at(values, row))) continue;
      log_.fail(rows.names, values, row, 0.0, "");
    }
  }

 private:
  std::vector<uint64_t> words_;  // sorted
};

class AllowedTexts : public ValueCheck {
 public:
  explicit AllowedTexts(std::vector<std::string> texts)
      : texts_(std::move(texts)), views_(texts_.begin(), texts_.end()) {}

  void look(const CheckedRows& rows) override {
    const Column& values = *rows.values;
    log_.look_at(count_valid(values));
    for (int64_t row = 0; row < values.length; ++row) {
      if (!values.is_valid(row) || views_.contains(values.string_at(row))) continue;
      log_.fail(rows.names, values, row, 0.0, "");
    }
  }

 private:
  std::vector<std::string> texts_;
  std::unordered_set<std::string_view> views_;  // into texts_
};

}  // namespace

std::unique_ptr<ValueCheck> make_unique_check(const Type& type, int64_t bytes_max) {
  return std::make_unique<UniqueCheck>(type, bytes_max);
}

std::unique_ptr<ValueCheck> make_monotonic_check(ScalarType type) {
  if (type == ScalarType::kDouble) return std::make_unique<MonotonicCheck<double>>();
  if (type == ScalarType::kString) return std::make_unique<MonotonicCheck<std::string>>();
  return std::make_unique<MonotonicCheck<int64_t>>();
}

std::unique_ptr<ValueCheck> make_allowed_values_check(ScalarType type, const std::vector<Value>& values) {
  if (type == ScalarType::kString) {
    std::vector<std::string> texts;
    for (const Value& value : values) {
      if (const auto* text = std::get_if<std::string>(&value.data)) texts.push_back(*text);
    }
    return std::make_unique<AllowedTexts>(std::move(texts));
  }
  ColumnBuilder builder({type});
  for (const Value& value : values) builder.append(value);
  const Column column = std::move(builder).finish();
  std::vector<uint64_t> words;
  for (int64_t row = 0; row < column.length; ++row) {
    if (column.is_valid(row)) words.push_back(word_at(column, row));
  }
  return std::make_unique<AllowedWords>(std::move(words));
}

}  // namespace headrace
