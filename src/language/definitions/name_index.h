#pragma once

/// Where each name of a list stands, for lists that are looked into often.
///
/// Owns the names: the list may move, but must not change. Not changed after it is made; any thread may read it.

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace headrace {

class NameIndex {
 public:
  NameIndex() = default;
  /// Of two elements with one name, the first is found.
  template <typename Named>
  explicit NameIndex(const std::vector<Named>& list) {
    places_.reserve(list.size());
    for (size_t i = 0; i < list.size(); ++i) places_.emplace(list[i].name, i);
  }

  std::optional<size_t> find(std::string_view name) const {
    const auto found = places_.find(name);
    return found == places_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
  };
  std::unordered_map<std::string, size_t, Hash, std::equal_to<>> places_;
};

}  // namespace headrace
