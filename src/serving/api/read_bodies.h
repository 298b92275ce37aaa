#pragma once

/// The bodies of reads. Clients ask for the same features of ever other entities, so a list of features that came before
/// is not read again:
///
///   {"features":["flow_mean","flow_max"],"entities":[{"pump_id":7}]}
///               ^^^^^^^^^^^^^^^^^^^^^^^^ known by its bytes, all of them; the rest is read as ever
///
/// What is read does not depend on what came before. Bounded by kListsMax and kBytesMax; what is full begins anew.
/// Thread-safe.

#include "serving/api/live_values.h"
#include "serving/api/shared_texts.h"

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace headrace {

class ReadBodies {
 public:
  static constexpr size_t kListsMax = 256;
  static constexpr size_t kListBytesMax = 64 << 10;  // of one list
  static constexpr size_t kBytesMax = 1 << 20;       // of all

  /// The request, or why the body is none.
  ApiOr<ReadRequest> read(std::string_view body);

  size_t lists() const;
  size_t bytes() const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  std::optional<SharedTexts> find(std::string_view list) const;
  void keep(std::string_view list, const SharedTexts& names);

  mutable std::mutex mutex_;
  std::unordered_map<std::string, SharedTexts, Hash, std::equal_to<>> lists_;  // by the text of the list
  size_t bytes_ = 0;                                                           // of these texts
};

}  // namespace headrace
