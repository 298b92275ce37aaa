#pragma once

/// A change of definitions in the forms in which people read it. Names and texts of others are escaped for the place where
/// they stand.

#include "delivery/change/definition_change.h"

#include <string>

namespace headrace {

/// For a terminal; control characters of names are left to the caller (printable()).
std::string to_text(const DefinitionChange& change);
/// For a pull request, as GitHub and GitLab draw it.
std::string to_markdown(const DefinitionChange& change);
/// One file that needs no other, with charts; follows the reader's choice of dark or light.
std::string to_html(const DefinitionChange& change);
/// As described in delivery/change/change_json.h.
std::string to_json(const DefinitionChange& change);

/// Differences of values alone.
std::string to_text(const ValueReport& report);

// Sentences that the forms share.
std::string head_line(const DefinitionChange& change);
/// "1.1, was 1.0", "1.0".
std::string version_text(const FeatureChange& change);
/// "12 of 3,456 values differ (0.35 %), of 2 of 40 keys".
std::string difference_text(const ValueDifference& difference);
/// "most of it where pump_id is p7: 30 of 31 rows there differ, 60 % of all that do"; empty: nowhere in particular.
std::string segment_text(const ValueDifference& difference);
/// "3 features of pump read 1,200 rows, 14.2 kB".
std::string work_text(const BackfillWork& work);

}  // namespace headrace
