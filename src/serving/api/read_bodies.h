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

  /// A body that begins as the last one whose list was known; `rest`: what is behind that.
  std::optional<SharedTexts> find_last(std::string_view body, std::string_view& rest) const;
  /// `beginning`: of the body, up to the end of the list.
  std::optional<SharedTexts> find(std::string_view list, std::string_view beginning);
  void keep(std::string_view list, const SharedTexts& names);

  mutable std::mutex mutex_;
  /// The list that was known last, with what stands before it: most requests begin like the one before.
  std::string last_beginning_;  // empty: none was
  SharedTexts last_;
  std::unordered_map<std::string, SharedTexts, Hash, std::equal_to<>> lists_;  // by the text of the list
  size_t bytes_ = 0;                                                           // of these texts
};

}  // namespace headrace
