#pragma once

/// Text files that are compiled in: templates of generated projects. `cmake/embed.cmake` writes a function for each
/// folder that gives all of its files, so that no list of names has to be kept. Immutable; any thread may read them.
/// Internal to codegen/.

#include "codegen/generated_project.h"

#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

namespace headrace {

struct EmbeddedFile {
  std::string_view path;  // below the folder, with `/`
  std::string_view text;
};

using EmbeddedFolder = std::span<const EmbeddedFile>;

/// The text of a file. REQUIRES: the file is there.
std::string_view text_of(EmbeddedFolder folder, std::string_view path);

/// The files that a project has as they are: all but templates with places (`*.in`) and the named ones.
std::vector<GeneratedFile> copied_files(EmbeddedFolder folder, std::initializer_list<std::string_view> but = {});

/// Those of a folder in the folder, which ends with `/`, by their paths below that.
std::vector<GeneratedFile> files_below(EmbeddedFolder folder, std::string_view prefix);

}  // namespace headrace
