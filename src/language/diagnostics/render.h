#pragma once

/// Diagnostics as text for people, and as JSON and SARIF for machines (language, section 10).
///
///   error[F012]: `mean` needs a number, but `country` is a string
///     --> features/users.yaml:14:12
///      |
///   14 |   formula: country
///      |            ^^^^^^^ string, declared at features/sources.yaml:6
///      = help: count its values with `aggregation: count_distinct`
///
/// Text of files goes to terminals, so control characters are shown as U+FFFD, tabs as blanks, and of a very long line
/// only what surrounds the mark. The same diagnostics give the same bytes.

#include "language/diagnostics/definition_file.h"
#include "language/diagnostics/diagnostic.h"

#include <string>
#include <vector>

namespace headrace {

/// All diagnostics in order, each followed by an empty line. `files` holds the lines to show; a place in another file
/// is shown without its line. `color`: ANSI colours.
std::string render_text(const Diagnostics& diagnostics, const std::vector<DefinitionFile>& files, bool color);

/// "3 errors, 1 warning"; "no problems".
std::string render_summary(const Diagnostics& diagnostics);

/// An array of objects with the keys of section 10; `help` is null where there is none.
std::string render_json(const Diagnostics& diagnostics);

/// SARIF 2.1.0, one run, with the documentation of the codes that occur as rules.
std::string render_sarif(const Diagnostics& diagnostics);

}  // namespace headrace
