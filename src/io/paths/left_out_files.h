#pragma once

/// What a search for files passed over, so that nothing is left out without a word.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace headrace {

enum class LeftOutReason {
  kOtherFormat,   // no extension of the source's format
  kHidden,        // a name that begins with `.` or `_`; a folder counts as one
  kReachedAgain,  // a link, or what is below it, is read by another path already
  kLoop,          // a link to a folder that it is in
  kRemoved,       // a table's log no longer has it
};

/// Counts by reason, with the first names of each in the order in which they were added. A value.
class LeftOutFiles {
 public:
  static constexpr size_t kShownMax = 3;

  void add(LeftOutReason reason, std::string shown);
  int64_t count() const;
  /// "2 of other formats (`data/notes.txt`, `data/README`), 1 hidden (`data/_SUCCESS`)".
  std::string text() const;

 private:
  struct Group {
    int64_t count = 0;
    std::vector<std::string> first;
  };
  std::map<LeftOutReason, Group> groups_;
};

}  // namespace headrace
