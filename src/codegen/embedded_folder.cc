#include "codegen/embedded_folder.h"

#include "base/check.h"

#include <algorithm>

namespace headrace {

std::string_view text_of(EmbeddedFolder folder, std::string_view path) {
  const auto file =
      std::find_if(folder.begin(), folder.end(), [&](const EmbeddedFile& each) { return each.path == path; });
  CHECK(file != folder.end());
  return file->text;
}

std::vector<GeneratedFile> copied_files(EmbeddedFolder folder, std::initializer_list<std::string_view> but) {
  std::vector<GeneratedFile> out;
  for (const EmbeddedFile& file : folder) {
    if (file.path.ends_with(".in") || std::find(but.begin(), but.end(), file.path) != but.end()) continue;
    out.push_back({std::string(file.path), std::string(file.text)});
  }
  return out;
}

std::vector<GeneratedFile> files_below(EmbeddedFolder folder, std::string_view prefix) {
  std::vector<GeneratedFile> out;
  for (const EmbeddedFile& file : folder) {
    if (!file.path.starts_with(prefix) || file.path.ends_with(".in")) continue;
    out.push_back({std::string(file.path.substr(prefix.size())), std::string(file.text)});
  }
  return out;
}

}  // namespace headrace
