#pragma once

/// Times in a form of one's own, such as `%d/%m/%Y %H:%M`: the directives of strptime that say an instant.
///
///   %Y year, %y year of two digits (69 is 1969, 68 is 2068), %m month, %d or %e day, %j day of the year, %b or %B English
///   name of the month, %a or %A English name of the day (passed over), %H hour, %I hour of 12 with %p AM or PM, %M
///   minute, %S second, %f fraction of a second (any number of digits), %z offset (+0100, +01:00, Z), %Z UTC or GMT, %%,
///   and %T for %H:%M:%S, %F for %Y-%m-%d, %D for %m/%d/%y. Without a zone it is UTC.
///
/// A blank in the form is one or more in the text; numbers may lack leading zeros where something else follows them.
/// Immutable once made; any thread may use it.

#include "data/time.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

class TimeFormat {
 public:
  /// Why a form cannot be used ("`%q` is no directive"); empty: it can.
  static std::string problem_of(std::string_view form);

  /// The form with `%T`, `%F` and `%D` in their parts.
  static std::string written_out(std::string_view form);

  /// REQUIRES: the form has no problem.
  explicit TimeFormat(std::string_view form);

  /// Nothing for text of another form and for years outside 1 to 9999.
  std::optional<FineTime> parse(std::string_view text) const;

 private:
  struct Part {
    char directive = 0;  // 0: the letter
    char letter = 0;
    bool is_wide = false;  // a number with another directly behind it has all of its digits
  };
  std::vector<Part> parts_;
};

}  // namespace headrace
